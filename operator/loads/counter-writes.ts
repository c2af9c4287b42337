/**
 * When counters in status may be written: calls come and go every second in thousands of agents, and the API server is not where they are
 * counted. Over all agents at most so many writes a second, in the order in which they were asked for; of one agent, one in a while. Pure.
 * What a person must know at once (a condition) does not wait for this: it is written, and told here.
 */
import type { Ms } from '#kube/clock.ts'

export interface CounterLimits {
  /** Writes a second over all agents. */
  readonly perSecond: number
  /** Of one agent, between one write and the next. */
  readonly perAgentMs: Ms
}

export const COUNTER_LIMITS: CounterLimits = { perSecond: 20, perAgentMs: 5000 }

/** The writes of so long may come at once. */
const AT_ONCE_MS = 1000
/** A turn that nobody takes for so long is given up: the counters changed back, or the agent is gone. */
const UNUSED_MS = 60_000

export class CounterWrites {
  readonly #limits: CounterLimits
  readonly #from: Ms
  /** The first moment that is nobody's. */
  #freeAt: Ms = Number.NEGATIVE_INFINITY
  /** What writes there were would take until then, at their pace. */
  #paidUntil: Ms = Number.NEGATIVE_INFINITY
  /** By agent, in order of their time. */
  readonly #turns = new Map<string, Ms>()
  /** By agent, oldest first; only those that hold somebody back. */
  readonly #wrote = new Map<string, Ms>()

  /** @param from nothing is written before: who has just begun to listen has not heard of all yet */
  constructor(limits: CounterLimits = COUNTER_LIMITS, from: Ms = Number.NEGATIVE_INFINITY) {
    this.#limits = limits
    this.#from = from
  }

  /** Agents that are remembered. */
  get size(): number {
    return this.#turns.size + this.#wrote.size
  }

  /**
   * Asks to write an agent's changed counters.
   * @returns null: now, and it counts as written. Else when to ask again; it then has its turn.
   */
  ask(agent: string, now: Ms): Ms | null {
    // takes no turn either: by then there may be nothing to write
    if (now < this.#from) return this.#from
    this.#sweep(now)
    let turn = this.#turns.get(agent) ?? this.#take(agent, now)
    if (turn > now) return turn
    // all that come late, after a pause of this process, come at once
    if (this.#paidUntil - now > AT_ONCE_MS) {
      this.#turns.delete(agent)
      this.#freeAt = Math.max(this.#freeAt, this.#paidUntil - AT_ONCE_MS)
      turn = this.#take(agent, now)
      if (turn > now) return turn
    }
    this.#paidUntil = Math.max(this.#paidUntil, now) + 1000 / this.#limits.perSecond
    this.wrote(agent, now)
    return null
  }

  /** Its status was written for another reason, counters with it. */
  wrote(agent: string, now: Ms): void {
    this.#turns.delete(agent)
    this.#wrote.delete(agent)
    this.#wrote.set(agent, now)
  }

  /** It is gone. */
  forget(agent: string): void {
    this.#turns.delete(agent)
    this.#wrote.delete(agent)
  }

  #take(agent: string, now: Ms): Ms {
    const own = (this.#wrote.get(agent) ?? Number.NEGATIVE_INFINITY) + this.#limits.perAgentMs
    // an agent that must wait for itself takes nobody's place meanwhile
    if (own > now) return own
    const turn = Math.max(now, this.#freeAt)
    this.#freeAt = turn + 1000 / this.#limits.perSecond
    if (turn > now) this.#turns.set(agent, turn)
    return turn
  }

  #sweep(now: Ms): void {
    for (const [agent, turn] of this.#turns) {
      if (turn > now - UNUSED_MS) break
      this.#turns.delete(agent)
    }
    for (const [agent, at] of this.#wrote) {
      if (at > now - this.#limits.perAgentMs) break
      this.#wrote.delete(agent)
    }
  }
}
