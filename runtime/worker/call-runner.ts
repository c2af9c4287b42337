/**
 * Runs one call: owns its state, feeds the machine, performs what it wants done. Audio goes leg ↔ session by the machine's routing table
 * without passing through the machine. Whatever throws in here ends this call, and no other.
 */
import type { CallEffect, Port, RecordEntry, TraceMark } from '#runtime/call/effects.ts'
import type { CallEvent, SessionSlot } from '#runtime/call/events.ts'
import type { CallPolicy } from '#runtime/call/policy.ts'
import type { EndReason, LegEvent, SessionEvent } from '#runtime/call/ports.ts'
import { type CallState, createCall } from '#runtime/call/state.ts'
import { step } from '#runtime/call/step.ts'
import type { Ms } from '#runtime/media/format.ts'
import { blameOn } from './blame.ts'
import type { ContextOutcome } from './call-context.ts'
import { CallSessions, type CallSessionsOptions } from './call-sessions.ts'
import { workerErrors } from './errors.ts'
import { LegPlayback, type PlayingLeg } from './leg-playback.ts'
import { type Dial, SecondLegs } from './second-legs.ts'
import type { SlotListener } from './session-slot.ts'
import { type ToolRunner, ToolRuns } from './tool-runs.ts'

export interface CallRunnerOptions extends CallSessionsOptions {
  readonly id: string
  readonly leg: PlayingLeg
  readonly policy: CallPolicy
  readonly now: () => Ms
  /** Asks what is known of the caller; never rejects for what others do. */
  readonly askContext: (signal: AbortSignal) => Promise<ContextOutcome>
  /** A clip in the leg's format. */
  readonly clip: (id: string) => Uint8Array | null
  readonly runTool: ToolRunner
  /** Without it nobody can be called. */
  readonly dial?: Dial
  readonly record: (at: Ms, entry: RecordEntry) => void
  readonly trace: (at: Ms, mark: TraceMark) => void
  /** Called once, last: the call holds nothing any more. */
  readonly freed: (why: EndReason) => void
  /** An error of ours, or something dropped: for the log. */
  readonly fault: (what: string, error: unknown) => void
}

/** Longest a call may hold its slot after its leg has ended: beyond it is a bug, and the slot matters more. */
const FREE_WITHIN_MS = 30_000

export class CallRunner {
  readonly id: string
  readonly #o: CallRunnerOptions
  readonly #state: CallState
  readonly #playback: LegPlayback
  readonly #tools: ToolRuns
  readonly #sessions: CallSessions
  readonly #second: SecondLegs
  readonly #queue: CallEvent[] = []
  /** Answers that belong into the same turn: they go before anything that waits. */
  readonly #answers: CallEvent[] = []
  readonly #effects: CallEffect[] = []
  /** Routing table in the shape that the hot path wants: where the leg's frames go, and which session the leg hears. */
  #legTo: SessionSlot | null = null
  readonly #heardSlots = new Set<SessionSlot>()
  #asking: AbortController | null = null
  #full = false
  #running = false
  #ended: EndReason | null = null
  #timer: NodeJS.Timeout | null = null
  #timerAt: Ms = 0
  #lastChance: NodeJS.Timeout | null = null

  constructor(options: CallRunnerOptions) {
    this.#o = options
    this.id = options.id
    this.#state = createCall(options.policy, { call: options.id, leg: options.leg.id }, options.now())
    this.#tools = new ToolRuns(options.runTool, options.now, event => this.dispatch(event))
    this.#playback = new LegPlayback(options.leg, options.clip, event => this.dispatch(event))
    this.#sessions = new CallSessions(options, this, this.#listener)
    this.#second = new SecondLegs(options.dial, {
      event: (leg, event) => this.dispatch({ type: 'leg', leg, event }),
      frame: frame => options.leg.relay?.(frame),
    })
    options.leg.onFrame(frame => {
      if (this.#legTo !== null) this.#sessions.get(this.#legTo)?.append(frame)
      this.#second.relay(frame)
    })
    options.leg.onEvent(event => this.#onLeg(event))
  }

  get phase(): string {
    return this.#state.phase
  }

  get freed(): boolean {
    return this.#ended !== null
  }

  /** To be called after each playout tick of the leg: tells the machine what became audible and what was heard. */
  ticked(): void {
    this.#playback.pump()
  }

  dispatch(event: CallEvent): void {
    if (this.#ended) return
    this.#queue.push(event)
    if (this.#running) return
    this.#running = true
    try {
      this.#drain()
    } catch (error) {
      this.fail(error)
    } finally {
      this.#running = false
    }
    this.#arm()
  }

  /** Ends the call after an error of ours. Idempotent. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#o.fault('the call was ended', error)
    const why: EndReason = { code: 'fault', by: 'switchboard', detail: error instanceof Error ? error.name : 'error' }
    try {
      this.#o.record(this.#o.now(), { kind: 'fault', code: workerErrors.callFault.code })
      this.#o.record(this.#o.now(), { kind: 'end', why })
    } catch (again) {
      // what cannot be recorded must still end: its slot and its ports are needed
      this.#o.fault('the end of the call was not recorded', again)
    }
    this.#free(why)
  }

  /** Ends the call at once, for a reason from outside. Idempotent. */
  end(why: EndReason): void {
    if (this.#ended) return
    this.#o.record(this.#o.now(), { kind: 'end', why })
    this.#free(why)
  }

  #drain(): void {
    for (;;) {
      const event = this.#answers.shift() ?? this.#queue.shift()
      if (!event || this.#ended) break
      this.#effects.length = 0
      step(this.#state, event, this.#o.now(), this.#effects)
      // what an effect leads to waits its turn in the queue
      for (const effect of this.#effects) if (!this.#ended) this.#perform(effect)
    }
    this.#queue.length = this.#ended ? 0 : this.#queue.length
  }

  #onLeg(event: LegEvent): void {
    const leg = this.#o.leg.id
    if (event.type === 'ended') {
      this.dispatch({ type: 'heard', leg, items: this.#playback.cut() })
      this.#lastChance ??= setTimeout(() => {
        this.#o.fault('the machine did not free the call', null)
        this.#free(event.why)
      }, FREE_WITHIN_MS)
      this.#lastChance.unref()
    }
    this.dispatch({ type: 'leg', leg, event })
  }

  readonly #listener: SlotListener = {
    event: (slot: SessionSlot, event: SessionEvent) => {
      const quietMs = event.type === 'speech' && !event.started ? this.#playback.quietMs() : null
      this.dispatch({ type: 'session', slot, event, ...(quietMs !== null && { quietMs }) })
      if (event.type === 'itemDone') this.#playback.complete(event.item)
    },
    audio: (slot: SessionSlot, item: string, audio: Uint8Array) => {
      if (this.#ended || !this.#heardSlots.has(slot)) return
      const full = !this.#playback.append(item, audio)
      // once, not with each of the messages that a provider may flood us with
      if (full && !this.#full) this.#o.fault('the playout is full: audio of the session was dropped', null)
      this.#full = full
    },
  }

  #perform(effect: CallEffect): void {
    switch (effect.do) {
      case 'leg':
        if (effect.leg === this.#o.leg.id) return this.#o.leg.perform(effect.command)
        return this.#second.perform(effect.leg, effect.command)
      case 'dial':
        return this.#second.dial(effect.leg, effect.destination)
      case 'tone':
        return this.#o.leg.tone?.(effect.tone)
      case 'openSession':
        return this.#sessions.open(effect)
      case 'askContext':
        return this.#ask()
      case 'session':
        return this.#sessions.get(effect.slot)?.send(effect.command)
      case 'swapSessions':
        return this.#sessions.swap()
      case 'closeSession':
        return this.#sessions.close(effect.slot, effect.failed)
      case 'discard':
        return this.#sessions.discard(effect.slot, effect.response)
      case 'route':
        return this.#route(effect.from, effect.to)
      case 'play':
        return this.#playback.play(effect.prompt, effect.clip)
      case 'pause':
        return this.#o.leg.playout?.pause()
      case 'resume':
        return this.#o.leg.playout?.resume()
      case 'flush':
        this.#answers.push({ type: 'heard', leg: effect.leg, items: this.#playback.cut() })
        return
      case 'judge':
        this.#answers.push({ type: 'judged', leg: effect.leg, ...this.#playback.judge() })
        return
      case 'tool':
        return blameOn(this, () => this.#tools.run(effect))
      case 'cancelTool':
        return this.#tools.cancel(effect.id)
      case 'record':
        return this.#o.record(this.#o.now(), effect.entry)
      case 'trace':
        return this.#o.trace(this.#o.now(), effect.mark)
      case 'free':
        return this.#free(effect.why)
    }
  }

  #ask(): void {
    this.#asking = new AbortController()
    this.#o.askContext(this.#asking.signal).then(
      outcome => this.dispatch({ type: 'context', ...outcome }),
      (error: unknown) => this.fail(error),
    )
  }

  #route(from: Port, to: readonly Port[]): void {
    if ('leg' in from) {
      const target = to.find(port => 'session' in port)
      const leg = to.find(port => 'leg' in port)
      if (from.leg !== this.#o.leg.id) return this.#second.heardByCaller(from.leg, leg !== undefined)
      this.#second.hearCaller(leg && 'leg' in leg ? leg.leg : null)
      this.#legTo = target && 'session' in target ? target.session : null
    } else if (to.some(port => 'leg' in port)) this.#heardSlots.add(from.session)
    else this.#heardSlots.delete(from.session)
  }

  /** Deadlines mostly move away: a timer that would fire too early is left, and armed anew when it has. */
  #arm(): void {
    const wakeAt = this.#ended ? null : this.#state.wakeAt
    if (this.#timer && wakeAt !== null && this.#timerAt <= wakeAt) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (wakeAt === null) return
    this.#timerAt = wakeAt
    this.#timer = setTimeout(this.#fire, Math.max(0, Math.ceil(wakeAt - this.#o.now())))
  }

  readonly #fire = (): void => {
    this.#timer = null
    const { wakeAt } = this.#state
    if (wakeAt !== null && this.#o.now() < wakeAt) this.#arm()
    else this.dispatch({ type: 'wake' })
  }

  #free(why: EndReason): void {
    if (this.#ended) return
    this.#ended = why
    this.#queue.length = 0
    this.#answers.length = 0
    this.#arm()
    if (this.#lastChance) clearTimeout(this.#lastChance)
    // each on its own: what fails to close must not keep the rest open
    for (const close of [
      () => this.#asking?.abort(),
      () => this.#tools.close(),
      ...this.#sessions.closers(),
      ...this.#second.closers(why),
      () => this.#o.leg.close(why),
    ]) {
      try {
        close()
      } catch (error) {
        this.#o.fault('closing a part of the call failed', error)
      }
    }
    this.#o.freed(why)
  }
}
