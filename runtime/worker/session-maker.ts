/** Sessions of an agent's models: which adapter, with which credential, at which address, and whether its circuit breaker lets one through. */

import { durationMs } from '#crds/duration.ts'
import type { Candidate } from '#crds/models.ts'
import type { Session } from '#runtime/call/ports.ts'
import type { Ms } from '#runtime/media/format.ts'
import { type Attempt, type BreakerReading, Breakers } from '#runtime/sessions/breakers.ts'
import { sessions } from '#runtime/sessions/registry.ts'
import type { SendQueue } from '#runtime/sessions/send-queue.ts'
import type { ServedRevision } from './agent-directory.ts'
import { workerErrors } from './errors.ts'
import type { Logger } from './logger.ts'
import type { WorkerDependencies } from './worker-dependencies.ts'

export class SessionMaker {
  readonly #d: Pick<WorkerDependencies, 'credential' | 'provider'>
  readonly #sends: SendQueue
  readonly #breakers: Breakers

  constructor(
    dependencies: Pick<WorkerDependencies, 'credential' | 'provider' | 'log'>,
    sends: SendQueue,
    now: () => Ms,
  ) {
    this.#d = dependencies
    this.#sends = sends
    this.#breakers = new Breakers(now, ({ state, ...key }, code) => {
      const fields = { ...key, state, ...(code !== '' && { code }) }
      if (state === 'open') dependencies.log.warn(fields, 'circuit breaker: calls turn to their fallbacks')
      else dependencies.log.info(fields, 'circuit breaker')
    })
  }

  get breakers(): readonly BreakerReading[] {
    return this.#breakers.readings
  }

  /** @throws SwitchboardError SB_WORKER_CREDENTIAL */
  create(revision: ServedRevision, candidate: Candidate, log: Logger): Session {
    const apiKey = this.#d.credential(revision, candidate)
    if (apiKey === undefined) throw workerErrors.noCredential(revision.agent, 'none is mounted')
    const baseUrl = this.#d.provider?.(candidate.provider) ?? candidate.baseURL
    return sessions[candidate.provider].create({
      apiKey,
      ...(baseUrl !== undefined && { baseUrl }),
      log,
      sends: this.#sends,
      upstreamFrameMs: durationMs(revision.behaviour.model.upstreamFrame),
    })
  }

  /** Null: its breaker is open. */
  attempt({ provider, baseURL, model }: Candidate, anyway: boolean): Attempt | null {
    const host = URL.parse(this.#d.provider?.(provider) ?? baseURL ?? '')?.host ?? 'default'
    return this.#breakers.begin({ provider: provider.toLowerCase(), host, model }, anyway)
  }
}

/** The machine counts models; the first is always there. */
export function candidateAt(candidates: readonly [Candidate, ...Candidate[]], model: number): Candidate {
  return candidates[model] ?? candidates[0]
}
