/** Works a {@link KeyedQueue} off: calls `reconcile` for each key, with back-off, limits and a word about what takes too long. */
import type { BackoffOptions } from '../backoff.ts'
import { type Clock, type Ms, type Random, systemClock } from '../clock.ts'
import { kubeQueueStuck } from '../errors.ts'
import { KeyedQueue, type KeyedQueueOptions, type QueueStats, type Urgency } from './keyed-queue.ts'

export interface ControllerOptions extends Partial<Omit<KeyedQueueOptions, 'backoff'>> {
  /**
   * Brings the world nearer to what a key wants. Throws to be called again after a back-off; returns milliseconds to be called again then.
   * Must heed the signal: it is aborted when the work takes too long, leadership is lost or the controller stops.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<void | { readonly againMs: Ms }>
  readonly failed: (key: string, error: unknown, failures: number) => void
  /** Default 200 ms to 5 min, ± 20 %. */
  readonly backoff?: BackoffOptions
  /** Default 60 s. */
  readonly stuckMs?: Ms
  readonly metrics?: QueueMetrics
  readonly clock?: Clock
  readonly random?: Random
}

/** Called inline; must not throw. */
export interface QueueMetrics {
  waited(ms: Ms): void
  worked(ms: Ms, ok: boolean): void
}

const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 200, maxMs: 300_000, jitter: 0.2 }
const DEFAULT_CONCURRENCY = 8
const DEFAULT_STUCK_MS = 60_000

export class Controller {
  readonly #o: ControllerOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #queue: KeyedQueue
  readonly #stop = new AbortController()
  readonly #working = new Set<Promise<void>>()
  /** One each: signals that are put together cost more than a turn that finds nothing to do. */
  readonly #turns = new Set<AbortController>()
  #cancel: (() => void) | null = null
  #started = false

  constructor(options: ControllerOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#queue = new KeyedQueue({
      ...options,
      concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
    })
  }

  get stats(): QueueStats {
    return this.#queue.stats
  }

  isWorking(key: string): boolean {
    return this.#queue.isRunning(key)
  }

  add(key: string, urgency: Urgency = 'normal'): void {
    this.#queue.add(key, this.#clock.now(), urgency)
    this.#run()
  }

  addAfter(key: string, ms: Ms): void {
    const now = this.#clock.now()
    this.#queue.addAt(key, now + ms, now)
    this.#run()
  }

  /** Keys may be added before; none is worked on. Call it when the caches are whole and this process leads. */
  start(): void {
    this.#started = true
    this.#run()
  }

  /** Aborts what runs and resolves when it has ended. What waits is dropped. */
  async stop(): Promise<void> {
    this.#stop.abort()
    for (const turn of this.#turns) turn.abort()
    this.#cancel?.()
    await Promise.all(this.#working)
  }

  #run(): void {
    this.#cancel?.()
    this.#cancel = null
    if (!this.#started || this.#stop.signal.aborted) return
    for (;;) {
      const next = this.#queue.take(this.#clock.now())
      if (next === null) break
      this.#o.metrics?.waited(next.waitedMs)
      const work = this.#work(next.key).finally(() => {
        this.#working.delete(work)
        this.#run()
      })
      this.#working.add(work)
    }
    const at = this.#queue.wakeAt
    if (at !== null) this.#cancel = this.#clock.after(Math.max(1, at - this.#clock.now()), () => this.#run())
  }

  async #work(key: string): Promise<void> {
    const began = this.#clock.now()
    const stuckMs = this.#o.stuckMs ?? DEFAULT_STUCK_MS
    const turn = new AbortController()
    this.#turns.add(turn)
    const cancel = this.#clock.after(stuckMs, () => {
      this.#report(key, kubeQueueStuck(key, stuckMs), this.#queue.failures(key))
      turn.abort()
    })
    let ok = true
    let againAt: Ms | null = null
    try {
      const result = await this.#o.reconcile(key, turn.signal)
      if (result) againAt = this.#clock.now() + result.againMs
    } catch (error) {
      ok = false
      if (!this.#stop.signal.aborted) this.#report(key, error, this.#queue.failures(key) + 1)
    }
    cancel()
    this.#turns.delete(turn)
    const now = this.#clock.now()
    this.#queue.done(key, ok, now, this.#random, againAt)
    this.#o.metrics?.worked(now - began, ok)
  }

  #report(key: string, error: unknown, failures: number): void {
    try {
      this.#o.failed(key, error, failures)
    } catch {
      // A listener's fault must not stop the queue.
    }
  }
}
