/**
 * A token bucket with priorities, as a core: requests wait in order of priority, then of arrival; `pause` holds all back when the server
 * says 429. Mutates its own state; the shell calls `take` at `wakeAt`.
 */
import type { Ms } from '../clock.ts'

/** Leases and deletes go first; what can wait, waits. */
export const PRIORITIES = ['high', 'normal', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

export interface RateLimitOptions {
  /** Requests per second over a long time. */
  readonly qps: number
  /** Requests at once after a quiet time. */
  readonly burst: number
  /** Most requests that may wait. */
  readonly maxWaiting: number
}

export class RateLimit<T> {
  readonly #o: RateLimitOptions
  readonly #waiting: Record<Priority, Set<T>> = { high: new Set(), normal: new Set(), low: new Set() }
  #tokens: number
  #at: Ms
  #pausedUntil: Ms = 0

  constructor(options: RateLimitOptions, now: Ms) {
    this.#o = options
    this.#tokens = options.burst
    this.#at = now
  }

  get waiting(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.#waiting[priority].size, 0)
  }

  /** @returns false when too many wait already */
  ask(item: T, priority: Priority): boolean {
    if (this.waiting >= this.#o.maxWaiting) return false
    this.#waiting[priority].add(item)
    return true
  }

  /** Takes a request back that no longer matters. */
  withdraw(item: T): void {
    for (const priority of PRIORITIES) this.#waiting[priority].delete(item)
  }

  /** The next that may go now, or null. */
  take(now: Ms): T | null {
    this.#refill(now)
    if (now < this.#pausedUntil || this.#tokens < 1) return null
    for (const priority of PRIORITIES)
      for (const item of this.#waiting[priority]) {
        this.#waiting[priority].delete(item)
        this.#tokens -= 1
        return item
      }
    return null
  }

  /** Nothing goes before `until`. */
  pause(until: Ms): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
  }

  /** When {@link take} can give something; null when nothing waits. */
  wakeAt(now: Ms): Ms | null {
    if (this.waiting === 0) return null
    this.#refill(now)
    const token = this.#tokens >= 1 ? now : now + ((1 - this.#tokens) / this.#o.qps) * 1000
    return Math.max(token, this.#pausedUntil)
  }

  #refill(now: Ms): void {
    if (now <= this.#at) return
    this.#tokens = Math.min(this.#o.burst, this.#tokens + ((now - this.#at) / 1000) * this.#o.qps)
    this.#at = now
  }
}
