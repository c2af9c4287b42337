/**
 * Pods that failed or were taken away, and how long to wait before the next ones are made. The kubelet restarts a container that crashes,
 * with a back-off of its own; here it is about pods that are gone, each of which would be replaced at once, for ever.
 */
import type { FleetInput, Problem } from './fleet.ts'
import type { Failures, FleetMemory } from './memory.ts'
import type { Ms } from './observed-pod.ts'
import type { FleetPolicy } from './policy.ts'
import type { Standing } from './standing.ts'

/** @returns the failures by revision after what is seen now */
export function countLosses(standings: readonly Standing[], input: FleetInput, now: Ms): Record<string, Failures> {
  const { memory, policy } = input
  const failures: Record<string, Failures> = {}
  for (const { name } of input.revisions) {
    const before = memory.failures[name]
    if (before !== undefined && !recovered(name, before, standings, policy, now)) failures[name] = before
  }
  const lost = [
    ...standings
      .filter(s => s.memory?.lost !== true && isLost(s))
      .map(s => ({ revision: s.pod.revision, seenAt: s.memory?.seenAt ?? now, what: lossOf(s) })),
    ...vanished(standings, memory),
  ]
  for (const [revision, losses] of Map.groupBy(lost, ({ revision }) => revision)) {
    if (!input.revisions.some(({ name }) => name === revision)) continue
    const before = failures[revision]
    // Pods of one time that go at about one time are one failure: a node with ten of them that dies. Those made since are another.
    const [last] = losses.toSorted((a, b) => b.seenAt - a.seenAt)
    if (last === undefined) continue
    const same = before !== undefined && last.seenAt <= before.lastAt && now - before.lastAt < policy.failure.togetherMs
    failures[revision] = same ? { ...before, what: last.what } : failedAgain(before, last.what, now)
  }
  return failures
}

/** Whether it must be replaced through no wish of ours. */
export function isLost(s: Standing): boolean {
  if (s.stage === 'ended' || s.stage === 'lost') return true
  if (s.pod.made === 'unsealed' || s.pod.edited) return true
  return s.pod.deletingAt !== null && s.memory?.asked !== true
}

function lossOf({ pod, stage }: Standing): string {
  if (stage === 'ended')
    return `pod ${pod.name} failed: ${pod.message || pod.reason || pod.lastEnd || 'no reason given'}`
  if (stage === 'lost') return `node ${pod.node ?? ''} is gone`
  if (pod.made === 'unsealed') return `nobody saw the answer to the create of pod ${pod.name}`
  if (pod.edited) return `pod ${pod.name} was changed by hand`
  return `pod ${pod.name} was deleted: ${pod.message || pod.reason || 'by somebody else'}`
}

function failedAgain(before: Failures | undefined, what: string, now: Ms): Failures {
  return { inARow: (before?.inARow ?? 0) + 1, lastAt: now, what }
}

/** Pods that are not there any more, though nobody asked us. */
function vanished(standings: readonly Standing[], memory: FleetMemory) {
  const there = new Set(standings.map(s => s.pod.uid))
  return Object.entries(memory.pods)
    .filter(([uid, pod]) => !there.has(uid) && !pod.asked && !pod.lost)
    .map(([, { revision, seenAt }]) => ({ revision, seenAt, what: 'a pod was deleted by somebody else' }))
}

/** Forgotten once a pod has served for long enough since. */
function recovered(
  revision: string,
  { lastAt }: Failures,
  standings: readonly Standing[],
  { failure }: FleetPolicy,
  now: Ms,
): boolean {
  if (now - lastAt < failure.healthyMs) return false
  return standings.some(
    ({ pod, stage }) =>
      pod.revision === revision && stage === 'serving' && now - (pod.readyChangedAt ?? now) >= failure.healthyMs,
  )
}

/** When pods of a revision may be made again. */
export function mayCreateAt(memory: Pick<FleetMemory, 'failures'>, revision: string, { failure }: FleetPolicy): Ms {
  const failures = memory.failures[revision]
  if (failures === undefined || failures.inARow < 2) return 0
  return failures.lastAt + Math.min(failure.maxMs, failure.baseMs * 2 ** Math.min(20, failures.inARow - 2))
}

/** The API server refused a create: it is not asked again at once. */
export function afterRefusal(
  memory: FleetMemory,
  revision: string,
  problem: Problem,
  { failure }: FleetPolicy,
  now: Ms,
): FleetMemory {
  const before = memory.failures[revision]
  // Those of one plan are refused together.
  const again =
    before !== undefined && now - before.lastAt < failure.togetherMs
      ? { ...before, what: problem.message }
      : failedAgain(before, problem.message, now)
  const failures = { ...memory.failures, [revision]: { ...again, inARow: Math.max(2, again.inARow) } }
  return { ...memory, failures, refusals: { ...memory.refusals, [revision]: problem } }
}

/** It takes creates again. */
export function afterCreate(memory: FleetMemory, revision: string): FleetMemory {
  if (memory.refusals[revision] === undefined) return memory
  const { [revision]: _, ...refusals } = memory.refusals
  return { ...memory, refusals }
}
