/** What the pods of an agent suffer from, as its own problems. */
import type { FleetPlan, ProblemReason } from '#operator/fleets/fleet.ts'
import type { AgentProblem } from './problem.ts'

/** Those that only a person ends. The others end by themselves, or are seen to by the planner. */
const STALLING: ReadonlySet<ProblemReason> = new Set([
  'ImagePullFailed',
  'ContainerConfigWrong',
  'CrashLooping',
  'Unschedulable',
  'QuotaExceeded',
  'PodSecurity',
  'Forbidden',
  'Refused',
  'NamespaceTerminating',
])

/** @param revision the present one: what old ones suffer from while they go is nobody's concern */
export function problemsOfFleet({ problems, revisions }: FleetPlan, revision: string | null): AgentProblem[] {
  const own = revisions.find(outcome => outcome.name === revision)?.problems ?? []
  return [...problems, ...own].map(({ reason, message }) => ({ reason, message, stalls: STALLING.has(reason) }))
}
