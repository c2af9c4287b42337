/** Whether a pod can be proved to carry no call. What is not proved here is not deleted. */
import type { FleetInput } from './fleet.ts'
import type { Ms } from './observed-pod.ts'
import type { Proof } from './plan-step.ts'
import { drainIdOf, type Standing } from './standing.ts'

export function proofOf(s: Standing, input: FleetInput, now: Ms): Proof | null {
  const { pod } = s
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') return 'terminated'
  if (s.nodeGone && s.load.state === 'unknown') return 'nodeGone'
  if (isDrained(s, input, now)) return 'drained'
  if (wasNeverGivenCalls(s)) return 'neverReady'
  if (hasEnded(s, input, now)) return 'terminated'
  return now >= outlivesAt(s, input) ? 'outlived' : null
}

/** It takes no call since it echoed our drain, and nothing is left; said just now, by the process that runs now. */
function isDrained({ pod, load }: Standing, { policy }: FleetInput, now: Ms): boolean {
  if (load.state !== 'known' || now - load.at > policy.freshMs) return false
  // A line of a process that has been restarted since says nothing about the one after it.
  if (pod.container.is === 'running' && pod.container.startedAt > load.at) return false
  const { drain, slots, outbox } = load.line
  return drain?.id === drainIdOf(pod.uid) && slots.busy === 0 && slots.reserved === 0 && outbox === 0
}

/** A revision is given to Ready pods only: one that never was has nothing to answer with. */
function wasNeverGivenCalls({ pod, load }: Standing): boolean {
  if (pod.ready || !pod.neverReady) return false
  return load.state === 'unknown' || (Object.keys(load.line.revisions).length === 0 && load.line.slots.reserved === 0)
}

/** Its process has ended and waits to be started again, by the word of a kubelet that is there; and it has not been heard of since. */
function hasEnded({ pod, silentSince, nodeDown }: Standing, { policy }: FleetInput, now: Ms): boolean {
  if (nodeDown || silentSince === null || now - silentSince < policy.suspectMs) return false
  return pod.container.is === 'terminated' || (pod.container.is === 'waiting' && pod.container.ran)
}

/** When any call that it may have had is over. */
export function outlivesAt({ silentSince }: Standing, { callLimitMs, policy }: FleetInput): Ms {
  return silentSince === null ? Number.POSITIVE_INFINITY : silentSince + callLimitMs + policy.outlivedMarginMs
}
