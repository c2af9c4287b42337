/** Requests, each in its turn: first the limit of this process, then the server, and what that says about patience. */
import type { Clock, Ms } from '../clock.ts'
import { type FailureKind, failureOf } from '../failure.ts'
import type { Priority } from './rate-limit.ts'
import type { Throttle } from './throttle.ts'
import type { ApiRequest, Transport } from './transport.ts'

export interface CallOptions {
  readonly priority?: Priority
  readonly signal?: AbortSignal
  /** Milliseconds. Default 30 s. */
  readonly timeoutMs?: number
}

/** Called inline; must not throw. Watches are not among them. */
export interface RequestMetrics {
  /** For its turn, by our own limit or the server's wish. */
  waited(ms: Ms): void
  /** From sending to the last byte. */
  answered(method: ApiRequest['method'], ms: Ms, outcome: 'ok' | FailureKind): void
}

export class Requests {
  readonly #transport: Transport
  readonly #throttle: Throttle
  readonly #clock: Clock
  readonly #metrics: RequestMetrics | undefined

  constructor(transport: Transport, throttle: Throttle, clock: Clock, metrics?: RequestMetrics) {
    this.#transport = transport
    this.#throttle = throttle
    this.#clock = clock
    this.#metrics = metrics
  }

  /** @throws SB_KUBE_… unless the answer is 2xx */
  async json(request: ApiRequest, { priority = 'normal', signal, timeoutMs }: CallOptions): Promise<unknown> {
    const asked = this.#clock.now()
    await this.#throttle.turn(request.what, priority, signal)
    const sent = this.#clock.now()
    this.#metrics?.waited(sent - asked)
    const answered = (outcome: 'ok' | FailureKind): void =>
      this.#metrics?.answered(request.method, this.#clock.now() - sent, outcome)
    try {
      const answer = await this.#transport.json({
        ...request,
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      })
      answered('ok')
      return answer
    } catch (error) {
      const failure = failureOf(error)
      answered(failure?.kind ?? 'unreachable')
      if (failure?.kind === 'busy' && failure.retryAfterMs !== null) this.#throttle.pause(failure.retryAfterMs)
      throw error
    }
  }
}
