/**
 * One pacer for all calls of a worker: a 5 ms wheel on an absolute clock. Each member is ticked every 20 ms in one of four phases, so that
 * calls do not all send in the same instant. The clock and the timer are arguments: the wheel itself is tested without time.
 * Whatever throws, the wheel turns on: all calls hang on it.
 */
import type { Ms } from '#runtime/media/format.ts'

export interface Paced {
  /** `now` is when the tick was due, so that a late timer does not bend the packet clock. */
  tick(now: Ms): void
  /** A tick threw: there will be none again. */
  fail(error: unknown): void
}

export interface PacerClock {
  now(): Ms
  /** Calls back once after about `ms`; returns what cancels it. */
  after(ms: Ms, call: () => void): () => void
}

export interface PacerOptions {
  /** So many milliseconds were skipped after a stall. */
  readonly onSkip?: (ms: Ms) => void
  /** All members that were due at one moment have been ticked. */
  readonly onTicked?: () => void
  /** An error that is no member's alone: of what the options call, or of a member's `fail`. */
  readonly onFault?: (error: unknown) => void
}

const STEP_MS = 5
const PHASES = 4
/** After a longer stall the missed ticks are skipped, not sent as a burst. */
const CATCH_UP_MS = 60

export class Pacer {
  readonly #clock: PacerClock
  readonly #phases: Set<Paced>[] = Array.from({ length: PHASES }, () => new Set<Paced>())
  readonly #o: PacerOptions
  #members = 0
  #step = 0
  #startedAt: Ms = 0
  #cancel: (() => void) | null = null

  constructor(clock: PacerClock, options: PacerOptions = {}) {
    this.#clock = clock
    this.#o = options
  }

  get members(): number {
    return this.#members
  }

  /** Adds a member to the emptiest phase; returns what removes it (idempotent). */
  add(member: Paced): () => void {
    let phase = this.#phases[0] as Set<Paced>
    for (const candidate of this.#phases) if (candidate.size < phase.size) phase = candidate
    phase.add(member)
    this.#members += 1
    if (this.#members === 1) this.#start()
    return () => this.#remove(phase, member)
  }

  close(): void {
    for (const phase of this.#phases) phase.clear()
    this.#members = 0
    this.#stop()
  }

  #remove(phase: Set<Paced>, member: Paced): void {
    if (!phase.delete(member)) return
    this.#members -= 1
    if (this.#members === 0) this.#stop()
  }

  #start(): void {
    this.#startedAt = this.#clock.now()
    this.#step = 0
    this.#arm()
  }

  #stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #arm(): void {
    const due = this.#startedAt + (this.#step + 1) * STEP_MS
    this.#cancel = this.#clock.after(Math.max(0, due - this.#clock.now()), this.#run)
  }

  readonly #run = (): void => {
    this.#cancel = null
    try {
      this.#turn()
    } finally {
      // it is armed already when all went and one came
      if (this.#members > 0 && this.#cancel === null) this.#arm()
    }
  }

  #turn(): void {
    const now = this.#clock.now()
    const reached = Math.floor((now - this.#startedAt) / STEP_MS)
    const behind = (reached - this.#step) * STEP_MS
    if (behind > CATCH_UP_MS) {
      // whole rounds only, so that every member keeps its phase
      const skipped = Math.floor((behind - CATCH_UP_MS) / (STEP_MS * PHASES)) * PHASES
      this.#step += skipped
      if (skipped > 0) this.#guarded(() => this.#o.onSkip?.(skipped * STEP_MS))
    }
    while (this.#step < reached && this.#members > 0) {
      this.#step += 1
      const due = this.#startedAt + this.#step * STEP_MS
      const phase = this.#phases[this.#step % PHASES] as Set<Paced>
      for (const member of phase) {
        try {
          member.tick(due)
        } catch (error) {
          this.#remove(phase, member)
          this.#guarded(() => member.fail(error))
        }
      }
      this.#guarded(this.#ticked)
    }
  }

  readonly #ticked = (): void => this.#o.onTicked?.()

  #guarded(call: () => void): void {
    try {
      call()
    } catch (error) {
      try {
        this.#o.onFault?.(error)
      } catch {
        // who is told of errors has one of its own: there is nobody left to tell
      }
    }
  }
}
