/** Makes requests wait for the {@link RateLimit}. */
import { type Clock, type Ms, systemClock } from '../clock.ts'
import { kubeClientFull, kubeClosed } from '../errors.ts'
import { type Priority, RateLimit, type RateLimitOptions } from './rate-limit.ts'

interface Waiting {
  readonly go: () => void
  readonly fail: (error: unknown) => void
}

/** Longest that a server's Retry-After holds all requests back. */
const LONGEST_PAUSE_MS = 30_000
/** Above zero, so that a rounded timer cannot spin. */
const SHORTEST_WAIT_MS = 1

export class Throttle {
  readonly #clock: Clock
  readonly #limit: RateLimit<Waiting>
  readonly #all = new Set<Waiting>()
  #cancel: (() => void) | null = null
  #closed = false

  constructor(options: RateLimitOptions, clock: Clock = systemClock) {
    this.#clock = clock
    this.#limit = new RateLimit(options, clock.now())
  }

  get waiting(): number {
    return this.#limit.waiting
  }

  /**
   * Resolves when the request may go.
   * @throws SB_KUBE_CLIENT_FULL, SB_KUBE_CLOSED (closed, or given up by its signal)
   */
  turn(what: string, priority: Priority, signal?: AbortSignal): Promise<void> {
    if (this.#closed || signal?.aborted === true) return Promise.reject(kubeClosed(what))
    return new Promise((resolve, reject) => {
      const settle = (call: () => void): void => {
        this.#all.delete(waiting)
        signal?.removeEventListener('abort', abort)
        call()
      }
      const waiting: Waiting = { go: () => settle(resolve), fail: error => settle(() => reject(error)) }
      const abort = (): void => {
        this.#limit.withdraw(waiting)
        waiting.fail(kubeClosed(what))
      }
      if (!this.#limit.ask(waiting, priority)) {
        reject(kubeClientFull(this.#limit.waiting))
        return
      }
      this.#all.add(waiting)
      signal?.addEventListener('abort', abort)
      this.#run()
    })
  }

  /** The server asked for patience. */
  pause(ms: Ms): void {
    this.#limit.pause(this.#clock.now() + Math.min(ms, LONGEST_PAUSE_MS))
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
    for (const waiting of this.#all) {
      this.#limit.withdraw(waiting)
      waiting.fail(kubeClosed('a waiting request'))
    }
  }

  #run(): void {
    this.#cancel?.()
    this.#cancel = null
    for (;;) {
      const next = this.#limit.take(this.#clock.now())
      if (next === null) break
      next.go()
    }
    const now = this.#clock.now()
    const at = this.#limit.wakeAt(now)
    if (at !== null) this.#cancel = this.#clock.after(Math.max(SHORTEST_WAIT_MS, at - now), () => this.#run())
  }
}
