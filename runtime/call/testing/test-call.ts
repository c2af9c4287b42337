/** A call under test: an agent's policy, a clock, and what the machine wanted done. */
import type { CallEffect, RecordEntry } from '../effects.ts'
import type { CallEvent } from '../events.ts'
import type { CallPolicy } from '../policy.ts'
import type { LegCommand, LegEvent, SessionCommand, SessionEvent } from '../ports.ts'
import { type CallState, createCall } from '../state.ts'
import { step } from '../step.ts'

export const hangUpThen = { then: { hangUp: true } } as const

export function testPolicy(over: Partial<CallPolicy> = {}): CallPolicy {
  return {
    greeting: { text: 'Hello, how can I help?', interruptible: true },
    responses: 'provider',
    bargeIn: { enabled: true, minSpeechMs: 120 },
    answerWithinMs: 5000,
    unavailable: { then: { reject: 480 } },
    deadAir: {
      afterMs: 3000,
      then: { say: { clip: 'builtin:apology', interruptible: false }, then: { hangUp: true } },
    },
    silence: { afterMs: 10_000, prompts: [{ text: 'Are you there?', interruptible: true }], then: hangUpThen },
    limits: { maxMs: 1_800_000, maxThen: hangUpThen, holdMs: 60_000, mediaLostMs: 20_000 },
    dtmf: { enabled: true, gapMs: 1500, terminator: '#' },
    tools: [
      { name: 'find', description: 'Finds.', parameters: { type: 'object' }, effect: 'Read', timeoutMs: 3000 },
      { name: 'book', description: 'Books.', parameters: { type: 'object' }, effect: 'Write', timeoutMs: 3000 },
    ],
    endCall: { enabled: true, goodbyeMs: 5000 },
    history: { maxTurns: 20, maxChars: 4000 },
    transcripts: true,
    ...over,
  }
}

export class TestCall {
  readonly call: CallState
  now = 1000
  /** Effects of the last event. */
  last: CallEffect[] = []
  readonly all: CallEffect[] = []

  constructor(over: Partial<CallPolicy> = {}) {
    this.call = createCall(testPolicy(over), { call: 'call-1', leg: 'leg-1' }, this.now)
  }

  send(event: CallEvent): this {
    this.last = []
    step(this.call, event, this.now, this.last)
    this.all.push(...this.last)
    return this
  }

  leg(event: LegEvent): this {
    return this.send({ type: 'leg', leg: 'leg-1', event })
  }

  session(event: SessionEvent): this {
    return this.send({ type: 'session', slot: 'main', event })
  }

  next(event: SessionEvent): this {
    return this.send({ type: 'session', slot: 'next', event })
  }

  heard(...items: [item: string, ms: number, totalMs: number, complete?: boolean][]): this {
    return this.send({ type: 'heard', leg: 'leg-1', items: items.map(heard) })
  }

  played(...items: [item: string, ms: number, totalMs: number, complete?: boolean][]): this {
    return this.send({ type: 'played', leg: 'leg-1', items: items.map(heard) })
  }

  audible(item: string): this {
    return this.send({ type: 'audible', leg: 'leg-1', item })
  }

  judged(echo: number, speechMs: number | null = null, quietMs?: number): this {
    return this.send({ type: 'judged', leg: 'leg-1', echo, speechMs, ...(quietMs !== undefined && { quietMs }) })
  }

  /** `quietMs`: what the worker's own ear says at the end of speech. */
  speech(started: boolean, audioMs = 0, quietMs?: number): this {
    const event = { type: 'speech', started, audioMs } as const
    return this.send({ type: 'session', slot: 'main', event, ...(quietMs !== undefined && { quietMs }) })
  }

  /** Lets the clock run, waking the call when it wants to be; `last` holds all effects of that time. */
  pass(ms: number): this {
    const until = this.now + ms
    const seen: CallEffect[] = []
    for (let i = 0; i < 1000; i++) {
      const at = this.call.wakeAt
      if (at === null || at > until) break
      this.now = Math.max(this.now, at)
      this.send({ type: 'wake' })
      seen.push(...this.last)
    }
    this.now = until
    this.last = seen
    return this
  }

  /** Offered, answered, media: live. The greeting, if any, is asked for. */
  live(): this {
    this.send({ type: 'offered', leg: 'leg-1' }).session({ type: 'ready' }).leg({ type: 'answered' })
    return this.leg({ type: 'media' })
  }

  /** A response with one item that becomes audible. */
  says(response: string, item: string): this {
    this.session({ type: 'responseStarted', response }).session({ type: 'item', response, item })
    return this.audible(item)
  }

  done(response: string, over: Partial<Extract<SessionEvent, { type: 'responseDone' }>> = {}): this {
    return this.session({ type: 'responseDone', response, status: 'completed', items: 1, toolCalls: 0, ...over })
  }

  /** Live, greeted, and quiet for a while. */
  conversing(): this {
    this.live()
    if (this.call.policy.greeting !== undefined) {
      this.says('r0', 'i0').session({ type: 'itemDone', item: 'i0' }).done('r0').played(['i0', 900, 900, true])
    }
    return this.pass(1000)
  }

  /** A caller's turn in a quiet moment. */
  turn(ms = 1000): this {
    return this.speech(true).pass(ms).speech(false)
  }

  commands(from: readonly CallEffect[] = this.last): SessionCommand[] {
    return from.flatMap(e => (e.do === 'session' ? [e.command] : []))
  }

  legCommands(from: readonly CallEffect[] = this.last): LegCommand['do'][] {
    return from.flatMap(e => (e.do === 'leg' ? [e.command.do] : []))
  }

  records(kind: RecordEntry['kind'], from: readonly CallEffect[] = this.all): RecordEntry[] {
    return from.flatMap(e => (e.do === 'record' && e.entry.kind === kind ? [e.entry] : []))
  }

  figures(name: string): number[] {
    return this.all.flatMap(e =>
      e.do === 'trace' && e.mark.mark === 'figure' && e.mark.name === name ? [e.mark.value] : [],
    )
  }

  /** Names of the last effects, without record and trace. */
  does(): string[] {
    return this.last.filter(e => e.do !== 'record' && e.do !== 'trace').map(e => e.do)
  }
}

function heard([item, ms, totalMs, complete = false]: [string, number, number, boolean?]) {
  return { item, ms, totalMs, complete }
}
