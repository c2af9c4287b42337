/**
 * Which changes are mostly our own writes that come back, or steps of the kubelet that decide nothing. They are looked at a moment later, all at once:
 * an agent that comes up is written to ten times, and a turn for each would find nothing to do. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Change } from '#kube/reflector/cache.ts'
import type { ObservedAgent, ObservedRevision } from '#operator/agents/observed.ts'
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'

/** Only its status is another one; by whose hand, the next turn finds out. */
export function isEchoOfAgent(change: Change<ObservedAgent>): boolean {
  if (change.is !== 'updated') return false
  const [is, was] = [change.entry.value, change.before.value]
  return is.generation === was.generation && is.deleting === was.deleting && is.spec !== null && was.spec !== null
}

/** Its birth, its status, its number of pods or its mark: nobody but us makes or writes those. */
export function isEchoOfRevision(change: Change<ObservedRevision>): boolean {
  if (change.is === 'added') return true
  if (change.is !== 'updated') return false
  const [is, was] = [change.entry.value, change.before.value]
  return is.deleting === was.deleting && is.owner === was.owner && is.hash === was.hash
}

/** It counts fewer pods: its budget is to be written again, which is done when the cache says so, whoever wrote it. */
export function isLowered(change: Change<ObservedRevision>): boolean {
  return change.is === 'updated' && change.entry.value.replicas < change.before.value.replicas
}

/** It has come, has its seal or its node, or a mark: it waits for its kubelet all the same. */
export function isMinorOfPod(change: Change<ObservedPod>): boolean {
  if (change.is === 'added') return !change.entry.value.ready
  if (change.is !== 'updated') return false
  const [is, was] = [change.entry.value, change.before.value]
  return (
    is.phase === was.phase &&
    is.ready === was.ready &&
    is.address === was.address &&
    is.deletingAt === was.deletingAt &&
    is.container.is === was.container.is &&
    is.restarts === was.restarts &&
    is.edited === was.edited &&
    is.reason === was.reason
  )
}

/** It was given its node, and nothing was in the way of that before: its kubelet will say more. */
export function isNothingOfPod(change: Change<ObservedPod>): boolean {
  if (change.is !== 'updated') return false
  const [is, was] = [change.entry.value, change.before.value]
  if (is.address !== null || is.unschedulable !== null || was.unschedulable !== null) return false
  const { resourceVersion: _now, node: _to, ...rest } = is
  const { resourceVersion: _before, node: _from, ...same } = was
  return isDeepStrictEqual(rest, same)
}

/** A pod that was seen to be alive before it was seen to be ours: the turn that sealed it could not know. */
export function isSealedLate({ entry: { value } }: Change<ObservedPod>): boolean {
  return value.address !== null
}
