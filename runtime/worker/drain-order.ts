/** What holds when a worker is asked to drain more than once: by its operator, by another one, by the kubelet's signal. Pure. */
import type { DrainRequest } from '#runtime/contract/drain.ts'
import type { ServedRevision } from './agent-directory.ts'
import type { WorkerSettings } from './settings.ts'

/** The id of a drain that nobody but a signal asked for. */
export const SIGNAL = 'signal'

/**
 * The earliest deadline, the last declared end, and the last id that an operator chose: a signal takes no acknowledgement away. A drain
 * is never taken back.
 */
export function joined(before: DrainRequest | null, request: DrainRequest): DrainRequest {
  if (before === null) return request
  const end = request.end ?? before.end
  return {
    id: request.id === SIGNAL ? before.id : request.id,
    deadline: Math.min(before.deadline, request.deadline),
    ...(end && { end }),
  }
}

/** How long calls may last after a stop signal: as the longest of the revisions says, within what the pod is given. */
export function stopAfterMs(settings: WorkerSettings, revisions: readonly ServedRevision[]): number {
  const said = revisions.flatMap(revision => revision.drainDeadlineMs ?? [])
  const longest = said.length === 0 ? settings.drainDeadlineMs : Math.max(...said)
  return Math.min(longest, settings.drainCeilingMs ?? Number.POSITIVE_INFINITY)
}
