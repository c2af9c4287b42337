import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { CallEffect } from './effects.ts'
import type { CallEvent } from './events.ts'
import type { LegEvent, SessionEvent } from './ports.ts'
import { createCall } from './state.ts'
import { step } from './step.ts'
import { testPolicy } from './testing/test-call.ts'

/** Few names, so that events meet by chance what they must not meet. */
const name = fc.constantFrom('r1', 'r2', 'i1', 'i2', 'greeting', 'end', '__proto__')
const ms = fc.nat(4000)
const heard = fc.array(fc.record({ item: name, ms, totalMs: ms, complete: fc.boolean() }), { maxLength: 3 })
const text = fc.constantFrom('', '{}', '{"a":1}', 'words')

const legEvent: fc.Arbitrary<LegEvent> = fc.oneof(
  fc.constant({ type: 'answered' } as const),
  fc.constant({ type: 'media' } as const),
  fc.constant({ type: 'resumed' } as const),
  fc.record({ type: fc.constant('digit' as const), digit: fc.constantFrom('1', '#', ''), ms }),
  fc.record({ type: fc.constant('held' as const), held: fc.boolean() }),
  fc.record({ type: fc.constant('silent' as const), forMs: ms }),
  fc.record({ type: fc.constant('done' as const), id: name, ok: fc.boolean() }),
)

const sessionEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: 'ready' } as const) },
  fc.record({ type: fc.constant('speech' as const), started: fc.boolean(), audioMs: ms }),
  fc.record({ type: fc.constant('responseStarted' as const), response: name }),
  fc.record({ type: fc.constant('item' as const), response: name, item: name }),
  fc.record({ type: fc.constant('itemDone' as const), item: name }),
  fc.record({
    type: fc.constant('responseDone' as const),
    response: name,
    status: fc.constantFrom('completed', 'cancelled', 'failed', 'incomplete'),
    items: fc.nat(1),
    toolCalls: fc.nat(1),
  }),
  fc.record({
    type: fc.constant('transcript' as const),
    role: fc.constantFrom('caller', 'agent'),
    item: name,
    text,
    final: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('toolCall' as const),
    call: name,
    name: fc.constantFrom('find', 'book', 'end_call', '__proto__'),
    args: text,
    response: name,
  }),
  fc.record({ type: fc.constant('toolCancelled' as const), call: name }),
  fc.record({ type: fc.constant('expiring' as const), inMs: ms }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constantFrom('x', 'response_cancel_not_active', 'conversation_already_has_active_response'),
    message: text,
    command: fc.constantFrom('respond', 'cancel'),
  }),
  fc.record({ type: fc.constant('closed' as const), code: text, retry: fc.boolean() }),
)

const leg = fc.constantFrom('leg-1', 'leg-1', 'leg-1', 'other')
const event: fc.Arbitrary<CallEvent> = fc.oneof(
  fc.record({ type: fc.constant('offered' as const), leg }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('leg' as const), leg, event: legEvent }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('session' as const),
      slot: fc.constantFrom('main', 'main', 'main', 'next'),
      event: sessionEvent,
    }),
  },
  fc.record({ type: fc.constantFrom('heard', 'played'), leg, items: heard }),
  fc.record({ type: fc.constant('audible' as const), leg, item: name }),
  fc.record({
    type: fc.constant('judged' as const),
    leg,
    echo: fc.constantFrom(0, 1),
    speechMs: fc.constantFrom(null, 200),
  }),
  fc.record({ type: fc.constant('clipDone' as const), leg, prompt: name }),
  fc.record({ type: fc.constant('tool' as const), id: name, ok: fc.boolean(), output: text }),
  fc.constant({ type: 'wake' } as const),
)

it('bears any event in any state, and still ends cleanly', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, ms), { maxLength: 100, size: 'max' }), fc.nat(3), (events, head) => {
      const call = createCall(testPolicy(), { call: 'call-1', leg: 'leg-1' }, 0)
      const all: CallEffect[] = []
      let now = 0
      const send = (e: CallEvent): void => {
        step(call, e, now, all)
        expect(call.wakeAt === null || call.wakeAt > now).toBe(true)
      }
      const life: CallEvent[] = [
        { type: 'offered', leg: 'leg-1' },
        { type: 'session', slot: 'main', event: { type: 'ready' } },
        { type: 'leg', leg: 'leg-1', event: { type: 'answered' } },
      ]
      for (const e of life.slice(0, head)) send(e)
      for (const [e, wait] of events) {
        now += wait
        send(e)
      }
      expect(JSON.parse(JSON.stringify(call))).toEqual(call)
      send({ type: 'leg', leg: 'leg-1', event: { type: 'ended', why: { code: 'hangup', by: 'caller' } } })
      send({ type: 'wake' })
      expect(all.filter(e => e.do === 'free')).toHaveLength(1)
      expect(all.at(-1)?.do).toBe('free')
      expect(call.wakeAt).toBeNull()
    }),
    { numRuns: 1500 },
  )
})
