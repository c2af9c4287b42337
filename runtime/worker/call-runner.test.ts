import { expect, test } from 'vitest'
import { behaviour } from '#crds/behaviour.ts'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { EndReason, LegCommand, LegEvent, Session, SessionCommand, SessionEvent } from '#runtime/call/ports.ts'
import { FramePlayout } from '#runtime/media/playout.ts'
import { policyOf } from './behaviour-to-policy.ts'
import { CallRunner, type CallRunnerOptions } from './call-runner.ts'
import type { PlayingLeg } from './leg-playback.ts'

const FORMAT = { encoding: 'pcmu', rateHz: 8000 } as const

class FakeLeg implements PlayingLeg {
  readonly id = 'leg'
  readonly can = { heard: 'rtp', dtmf: true, hold: true, transfer: 'none' } as const
  readonly format = FORMAT
  readonly playout = new FramePlayout({ format: FORMAT })
  readonly commands: LegCommand[] = []
  readonly closed: EndReason[] = []
  frame: (frame: Uint8Array, at: number) => void = () => undefined
  event: (event: LegEvent) => void = () => undefined
  broken = false
  onFrame(listener: (frame: Uint8Array, at: number) => void): void {
    this.frame = listener
  }
  onEvent(listener: (event: LegEvent) => void): void {
    this.event = listener
  }
  perform(command: LegCommand): void {
    if (this.broken) throw new Error('broken leg')
    this.commands.push(command)
  }
  quietMs(): null {
    return null
  }
  judge(): null {
    return null
  }
  close(why: EndReason): void {
    this.closed.push(why)
  }
}

class FakeSession implements Session {
  readonly can = {
    formats: [FORMAT],
    cancel: true,
    truncate: true,
    turns: ['server'],
    resume: false,
    seed: true,
    maxMs: null,
  } as const
  readonly untold: readonly string[] = []
  readonly sent: SessionCommand[] = []
  readonly frames: Uint8Array[] = []
  closes = 0
  audio: (response: string, item: string, audio: Uint8Array) => void = () => undefined
  event: (event: SessionEvent) => void = () => undefined
  open(): void {}
  append(frame: Uint8Array): void {
    this.frames.push(frame)
  }
  send(command: SessionCommand): void {
    this.sent.push(command)
  }
  close(): void {
    this.closes += 1
  }
  onAudio(listener: (response: string, item: string, audio: Uint8Array) => void): void {
    this.audio = listener
  }
  onEvent(listener: (event: SessionEvent) => void): void {
    this.event = listener
  }
}

function setUp(over: Partial<CallRunnerOptions> = {}) {
  const leg = new FakeLeg()
  const sessions: FakeSession[] = []
  const records: RecordEntry[] = []
  const freed: EndReason[] = []
  const content = behaviour.parse({ instructions: 'x', model: { provider: 'OpenAI', openAI: { model: 'm' } } })
  let now = 1000
  const runner = new CallRunner({
    id: 'call',
    leg,
    policy: policyOf(content),
    now: () => now,
    createSession: () => {
      const session = new FakeSession()
      sessions.push(session)
      return session
    },
    sessionConfig: () => ({
      model: 'm',
      instructions: '',
      tools: [],
      format: FORMAT,
      responses: 'provider',
      vendor: {},
      metadata: {},
    }),
    attempt: () => ({ ready: () => undefined, failed: () => undefined, lost: () => undefined, left: () => undefined }),
    askContext: () => Promise.resolve({ ok: true }),
    clip: () => new Uint8Array(800).fill(7),
    runTool: () => Promise.reject(new Error('no tools here')),
    record: (_at, entry) => records.push(entry),
    trace: () => undefined,
    freed: why => freed.push(why),
    fault: () => undefined,
    ...over,
  })
  const answer = (): FakeSession => {
    runner.dispatch({ type: 'offered', leg: 'leg' })
    const session = sessions[0] as FakeSession
    session.event({ type: 'ready' })
    leg.event({ type: 'answered' })
    leg.event({ type: 'media' })
    return session
  }
  const tick = (): Uint8Array => {
    now += 20
    const frame = new Uint8Array(160)
    leg.playout.tick(now, frame)
    runner.ticked()
    // the clock is the test's, so the runner's own timer does not see it
    runner.dispatch({ type: 'wake' })
    return frame
  }
  return { leg, sessions, records, freed, runner, answer, tick }
}

test('the caller’s frames go to the session from the answer on, not before', () => {
  const { leg, runner, answer } = setUp()
  leg.frame(new Uint8Array(160), 0)
  const session = answer()
  expect(session.frames).toHaveLength(0)
  leg.frame(new Uint8Array(160).fill(9), 0)
  expect(session.frames).toHaveLength(1)
  runner.end({ code: 'drain', by: 'operator' })
  leg.frame(new Uint8Array(160), 0)
  expect(session.frames).toHaveLength(1)
})

test('an interruption: what was not heard is truncated, and late audio of the response never plays', () => {
  const { answer, tick } = setUp()
  const session = answer()
  session.event({ type: 'responseStarted', response: 'r1' })
  session.event({ type: 'item', response: 'r1', item: 'i1' })
  session.audio('r1', 'i1', new Uint8Array(8000).fill(5))
  for (let i = 0; i < 10; i++) expect(tick()[0]).toBe(5)
  session.event({ type: 'speech', started: true, audioMs: 100 })
  for (let i = 0; i < 20; i++) tick()
  const truncate = session.sent.find(command => command.do === 'truncate')
  expect(truncate).toEqual({ do: 'truncate', item: 'i1', heardMs: 200 })
  session.audio('r1', 'i1', new Uint8Array(8000).fill(5))
  for (let i = 0; i < 20; i++) expect(tick()).not.toContain(5)
})

test('an error of ours ends the call as a fault, and gives back all it holds, once', () => {
  const { leg, records, freed, runner, answer } = setUp()
  const session = answer()
  leg.broken = true
  runner.dispatch({ type: 'hangUp', by: 'operator' })
  expect(freed).toEqual([expect.objectContaining({ code: 'fault', by: 'switchboard' })])
  expect(leg.closed).toHaveLength(1)
  expect(session.closes).toBe(1)
  expect(records.at(-1)).toMatchObject({ kind: 'end', why: { code: 'fault' } })
  runner.fail(new Error('again'))
  runner.dispatch({ type: 'wake' })
  expect(freed).toHaveLength(1)
})

test('the caller hangs up: what was heard is recorded before the end, and the session is closed', () => {
  const { leg, records, freed, answer, tick } = setUp()
  const session = answer()
  session.event({ type: 'responseStarted', response: 'r1' })
  session.event({ type: 'item', response: 'r1', item: 'i1' })
  session.audio('r1', 'i1', new Uint8Array(8000).fill(5))
  for (let i = 0; i < 5; i++) tick()
  leg.event({ type: 'ended', why: { code: 'hangup', by: 'caller' } })
  const kinds = records.map(entry => entry.kind)
  expect(records.find(entry => entry.kind === 'turn')).toMatchObject({ role: 'agent', heardMs: 100 })
  expect(kinds.at(-1)).toBe('end')
  expect(session.closes).toBe(1)
  expect(freed).toEqual([{ code: 'hangup', by: 'caller' }])
})

test('a session that says good-bye after it was closed is heard no more', () => {
  const { sessions, freed, runner, answer } = setUp()
  const session = answer()
  runner.end({ code: 'drain', by: 'operator' })
  session.event({ type: 'closed', code: 'x', retry: true })
  expect(sessions).toHaveLength(1)
  expect(freed).toHaveLength(1)
})

test('a call that cannot be recorded ends all the same', () => {
  const { leg, freed, runner } = setUp({
    record: () => {
      throw new Error('no record')
    },
  })
  expect(() => runner.fail(new Error('first'))).not.toThrow()
  expect(freed).toEqual([expect.objectContaining({ code: 'fault' })])
  expect(leg.closed).toHaveLength(1)
})

test('a provider that floods the playout is told of once, and again when it does so later', () => {
  const faults: string[] = []
  const { answer, leg } = setUp({ fault: what => faults.push(what) })
  const session = answer()
  session.event({ type: 'responseStarted', response: 'r1' })
  session.event({ type: 'item', response: 'r1', item: 'i1' })
  const flood = (): void => {
    for (let i = 0; i < 100; i++) session.audio('r1', 'i1', new Uint8Array(80_000))
  }
  flood()
  expect(faults).toEqual([expect.stringContaining('full')])
  leg.playout.flush()
  flood()
  expect(faults).toHaveLength(2)
})
