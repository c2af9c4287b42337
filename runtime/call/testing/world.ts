/** One call in a simulated world: leg, sessions, tools, clock; performs effects as a worker does, with a judge looking on. */
import type { CallEffect } from '../effects.ts'
import { providerResting } from '../errors.ts'
import type { CallEvent, SessionSlot } from '../events.ts'
import type { CallPolicy } from '../policy.ts'
import { type CallState, createCall } from '../state.ts'
import { step } from '../step.ts'
import { FarModel } from './far-model.ts'
import { Judge, must } from './judge.ts'
import { LegModel } from './leg-model.ts'
import { OpeningJudge } from './opening-judge.ts'
import { type Script, SessionModel } from './session-model.ts'

export interface Chance {
  /** 0 ≤ n < below */
  pick(below: number): number
}

const CLIP_MS = 2500
const RESTING = providerResting.code
const SCRIPTS: readonly Script['kind'][] = [
  'says', 'says', 'says', 'says', 'saysAndCalls', 'calls', 'calls', 'empty', 'failed', 'stalls', 'half', 'ends',
] // biome-ignore format: a table

export class World {
  call: CallState
  now = 5000
  readonly leg: LegModel
  readonly judge: Judge
  readonly opening: OpeningJudge
  readonly far: FarModel
  readonly sessions: { [slot in SessionSlot]?: SessionModel } = {}
  readonly running = new Map<string, number>()
  /** Echo and sound of the caller, as a judge on the leg would find them. */
  echo = 0
  speechMs: number | null = null
  effects = 0
  /** Kinds of effects, and of commands to the session, that there were. */
  readonly did = new Set<string>()
  /** What happened last, for the message of a broken invariant. */
  readonly log: { at: number; event: CallEvent; out: CallEffect[] }[] = []
  events = 0
  readonly #policy: CallPolicy
  readonly #chance: Chance
  readonly #queue: CallEvent[] = []
  readonly #answers: CallEvent[] = []
  #busy = false
  #opened = 0

  constructor(policy: CallPolicy, chance: Chance) {
    this.#policy = policy
    this.#chance = chance
    this.leg = new LegModel(e => this.tell(e))
    this.judge = new Judge(this.leg)
    this.opening = new OpeningJudge(this.leg, policy)
    this.far = new FarModel((leg, event) => this.tell({ type: 'leg', leg, event }))
    this.call = createCall(policy, { call: 'call-1', leg: 'leg-1' }, this.now)
  }

  tell(event: CallEvent): void {
    this.#queue.push(event)
    if (this.#busy) return
    this.#busy = true
    for (let i = 0; i < 1000; i++) {
      const e = this.#answers.shift() ?? this.#queue.shift()
      if (e === undefined) break
      this.#step(e)
    }
    this.#busy = false
  }

  #step(e: CallEvent): void {
    if (this.#chance.pick(8) === 0) this.#moveToAnotherPod()
    this.judge.told(e)
    this.opening.told(e)
    const out: CallEffect[] = []
    step(this.call, e, this.now, out)
    this.log.push({ at: this.now, event: e, out })
    if (this.log.length > 40) this.log.shift()
    this.events++
    let dropped: string[] | null = null
    for (const effect of out) {
      this.effects++
      this.did.add(effect.do === 'session' ? effect.command.do : effect.do)
      if (!this.far.did(effect, 'leg-1')) this.judge.did(effect)
      this.opening.did(effect)
      if (effect.do === 'flush') dropped = this.leg.queue.filter(q => !q.clip && q.total > 0).map(q => q.item)
      this.#perform(effect)
    }
    this.judge.settled(e)
    this.opening.settled()
    if (this.leg.state !== 'over' && !this.leg.commandedEnd) this.far.settled('leg-1')
    must(
      this.call.wakeAt === null || this.call.wakeAt > this.now,
      `a wake that is due at once: ${JSON.stringify(this.call.timers)} ${this.now}`,
    )
    if (dropped === null) return
    const answer = this.#answers.shift()
    if (answer !== undefined) this.#step(answer)
    if (!this.leg.commandedEnd) this.judge.interrupted(dropped)
  }

  story(): string {
    const told = (e: CallEffect): boolean => e.do !== 'record' && e.do !== 'trace'
    const lines = this.log.map(l => [
      `${l.at} ${JSON.stringify(l.event)}`,
      ...l.out.filter(told).map(e => `    ${JSON.stringify(e)}`),
    ])
    return lines.flat().join('\n')
  }

  /** The state is a plain value. */
  #moveToAnotherPod(): void {
    const json = JSON.stringify(this.call)
    const moved = JSON.parse(json) as CallState
    must(JSON.stringify(structuredClone(this.call)) === json, 'the state is not plain')
    assertSame(this.call, moved)
    this.call = moved
  }

  #perform(e: CallEffect): void {
    const leg = 'leg-1'
    switch (e.do) {
      case 'leg':
        if (e.leg !== leg) return
        if (e.command.do === 'ring') this.leg.state = 'ringing'
        if (e.command.do === 'answer') this.leg.state = 'answering'
        if (e.command.do === 'hangUp' || e.command.do === 'reject') this.leg.commandedEnd = true
        return
      case 'openSession':
        if (e.anyway) this.did.add('anyway')
        else if (this.#chance.pick(4) === 0) {
          this.did.add('resting')
          this.#queue.push({ type: 'session', slot: e.slot, event: { type: 'closed', code: RESTING, retry: true } })
          return
        }
        this.sessions[e.slot] = new SessionModel(`s${++this.#opened}`, this.#policy.responses === 'provider', () =>
          this.script(),
        )
        return
      case 'closeSession':
        delete this.sessions[e.slot]
        return
      case 'swapSessions': {
        const { next } = this.sessions
        delete this.sessions.next
        if (next !== undefined) this.sessions.main = next
        return
      }
      case 'session':
        this.sessions[e.slot]?.take(e.command)
        return
      case 'discard':
        this.#discarded.add(e.response)
        return
      case 'play':
        this.did.add(e.prompt.replace(/-.*/, ''))
        this.leg.append(e.prompt, CLIP_MS, true)
        return
      case 'pause':
        must(!this.leg.paused, 'paused twice')
        this.leg.paused = true
        return
      case 'resume':
        this.leg.paused = false
        return
      case 'flush':
        this.leg.paused = false
        this.#answers.push({ type: 'heard', leg, items: this.leg.flush() })
        return
      case 'judge':
        this.#answers.push({ type: 'judged', leg, echo: this.echo, speechMs: this.speechMs })
        return
      case 'tool':
        this.running.set(e.id, e.deadline)
        return
      case 'cancelTool':
        this.running.delete(e.id)
        return
      case 'record':
        if (e.entry.kind === 'session' && e.entry.what === 'fallback') this.did.add('fallback')
        if (e.entry.kind === 'disclosure')
          this.did.add(e.entry.heardMs < e.entry.totalMs ? 'halfDisclosed' : 'disclosed')
        return
      case 'dial':
      case 'tone':
      case 'route':
      case 'trace':
      case 'free':
      case 'askContext':
    }
  }

  readonly #discarded = new Set<string>()

  script(): Script {
    return {
      kind: SCRIPTS[this.#chance.pick(SCRIPTS.length)] ?? 'says',
      items: 1 + this.#chance.pick(3),
      ms: 60 + 3 * this.#chance.pick(1000),
    }
  }

  /** Delivers what is on the wire of a session, up to `count`. */
  deliver(slot: SessionSlot, count: number): void {
    for (let i = 0; i < count; i++) {
      const session = this.sessions[slot]
      const wire = session?.wire.shift()
      if (session === undefined || wire === undefined) return
      if ('audio' in wire) {
        if (!this.#discarded.has(wire.response) && this.leg.state !== 'over') this.leg.append(wire.audio, wire.ms)
        continue
      }
      if (wire.event.type === 'closed') {
        session.dead = true
        delete this.sessions[slot]
      }
      this.tell({ type: 'session', slot, event: wire.event })
      if (wire.event.type === 'itemDone') this.leg.complete(wire.event.item)
    }
  }

  /** Lets the clock run. */
  advance(ms: number): void {
    const until = this.now + ms
    for (let i = 0; i < 5000 && this.now < until; i++) {
      const wake = this.call.wakeAt ?? Infinity
      const next = Math.min(until, Math.max(this.now, wake), this.now + this.leg.untilNext())
      const dt = next - this.now
      this.now = next
      this.leg.play(dt)
      // A worker that looks late: a flush may come first, and then its answer tells what was played.
      if (this.#chance.pick(3) > 0) this.leg.look()
      if ((this.call.wakeAt ?? Infinity) <= this.now) this.tell({ type: 'wake' })
    }
  }

  endLeg(): void {
    if (this.leg.state === 'over') return
    const items = this.leg.flush()
    this.tell({ type: 'heard', leg: 'leg-1', items })
    this.leg.state = 'over'
    this.tell({ type: 'leg', leg: 'leg-1', event: { type: 'ended', why: { code: 'hangup', by: 'caller' } } })
  }
}

/** A JSON round trip loses nothing, not even an `undefined`. */
function assertSame(a: unknown, b: unknown): void {
  if (typeof a !== 'object' || a === null)
    return must(Object.is(a, b) || (a === 0 && b === 0), 'the state does not survive JSON')
  const other = b as Record<string, unknown>
  const keys = Object.keys(a)
  must(keys.length === Object.keys(other).length, `the state does not survive JSON: ${keys.join()}`)
  for (const [key, value] of Object.entries(a)) assertSame(value, other[key])
}
