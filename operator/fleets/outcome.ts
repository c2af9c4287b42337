/** How each revision's pods do, for status. */
import { isServing } from './departures.ts'
import type { FleetInput, RevisionOutcome } from './fleet.ts'
import type { FleetMemory } from './memory.ts'
import type { Ms } from './observed-pod.ts'
import type { PlanStep } from './plan-step.ts'
import { problemsOf } from './problems.ts'
import { isBelieved, type Stage, type Standing } from './standing.ts'

type CreatePod = Extract<PlanStep, { do: 'createPod' }>

export function outcomesOf(
  standings: readonly Standing[],
  input: FleetInput,
  creates: readonly CreatePod[],
  memory: FleetMemory,
  now: Ms,
): RevisionOutcome[] {
  const byRevision = Map.groupBy(standings, s => s.pod.revision)
  return input.revisions.map(({ name, wanted }) => {
    const all = byRevision.get(name) ?? []
    const coming = new Set(
      [...input.awaited.creates, ...creates].filter(create => create.revision === name).map(create => create.name),
    )
    for (const { pod } of all) coming.delete(pod.name)
    const living = all.filter(s => s.stage !== 'ended' && s.stage !== 'lost')
    const at = (...stages: readonly Stage[]): number => living.filter(s => stages.includes(s.stage)).length
    return {
      name,
      wanted,
      pods: living.length + coming.size,
      ready: living.filter(s => isServing(s) || (s.stage === 'trusted' && isBelieved(s.pod, s.load, input.leaderSince)))
        .length,
      starting: at('starting') + coming.size,
      draining: at('draining', 'terminating'),
      // one that was never Ready has no revision, so it carries nothing, whatever it says or does not
      unknown: living.filter(s => s.load.state === 'unknown' && !s.pod.neverReady).length,
      calls: living.reduce((sum, s) => sum + (s.calls ?? 0), 0),
      slots: living.reduce((sum, s) => sum + slotsOf(s), 0),
      drain: drainOf(living, memory),
      problems: problemsOf(name, all, input, memory, now),
    }
  })
}

/** Room for calls where new ones are taken. */
function slotsOf(s: Standing): number {
  return isServing(s) && s.load.state === 'known' ? s.load.line.slots.total : 0
}

function drainOf(living: readonly Standing[], memory: FleetMemory): RevisionOutcome['drain'] {
  const draining = living.filter(s => s.stage === 'draining' || s.stage === 'terminating')
  if (draining.length === 0) return null
  let [calls, longestMs, forcedAt] = [0, 0, 0]
  for (const { pod, calls: own, load } of draining) {
    calls += own ?? 0
    if (load.state === 'known') longestMs = Math.max(longestMs, load.line.drain?.longestMs ?? 0)
    forcedAt = Math.max(forcedAt, memory.pods[pod.uid]?.drain?.deadline ?? pod.deletingAt ?? 0)
  }
  return { calls, longestMs, forcedAt }
}
