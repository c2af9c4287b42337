/** The status of an agent and of its revisions, from what was planned and seen. Pure. */
import type { RevisionOutcome } from '#operator/fleets/fleet.ts'
import { AGENT_LABEL, MANAGED_BY, MANAGED_BY_LABEL, REVISION_LABEL } from '#operator/fleets/names.ts'
import { type ConditionInput, conditionsOf } from './conditions.ts'
import type { AgentStatus, RevisionStatus } from './observed.ts'

/** @param now epoch milliseconds */
export function agentStatus(
  input: ConditionInput,
  outcomes: readonly RevisionOutcome[],
  before: AgentStatus,
  now: number,
): AgentStatus {
  const sum = (of: (outcome: RevisionOutcome) => number): number => outcomes.reduce((total, o) => total + of(o), 0)
  const [calls, slots, pods, wanted] = [sum(o => o.calls), sum(o => o.slots), sum(o => o.pods), sum(o => o.wanted)]
  const revision = input.current ?? before.revision
  const traffic = input.serving === null || input.deleting ? [] : [{ revision: input.serving, percent: 100 }]
  return {
    observedGeneration: input.generation,
    conditions: conditionsOf(input, before.conditions ?? [], secondsOf(now)),
    ...(revision !== undefined && { revision }),
    traffic,
    calls,
    pods,
    columns: {
      traffic: traffic.map(share => `${share.revision} ${share.percent}%`).join(', '),
      calls: `${calls}/${slots}`,
      pods: `${input.answering}/${wanted}`,
    },
  }
}

export function revisionStatus(
  agent: string,
  outcome: RevisionOutcome,
  answering: number,
  before: RevisionStatus,
  now: number,
): RevisionStatus {
  const { drain } = outcome
  return {
    phase: phaseOf(outcome, answering),
    replicas: outcome.pods,
    ready: answering,
    wanted: outcome.wanted,
    selector: `${MANAGED_BY_LABEL}=${MANAGED_BY},${AGENT_LABEL}=${agent},${REVISION_LABEL}=${outcome.name}`,
    calls: outcome.calls,
    unknown: outcome.unknown,
    ...(drain !== null && {
      drain: {
        pods: outcome.draining,
        calls: drain.calls,
        ...(drain.calls > 0 &&
          drain.longestMs > 0 && { oldestCall: steady(now - drain.longestMs, before.drain?.oldestCall) }),
        ...(drain.forcedAt > 0 && { forcedAt: steady(drain.forcedAt, before.drain?.forcedAt) }),
      },
    }),
  }
}

function phaseOf({ wanted, pods }: RevisionOutcome, answering: number): NonNullable<RevisionStatus['phase']> {
  if (wanted === 0) return pods > 0 ? 'Draining' : 'Retired'
  return answering > 0 ? 'Serving' : 'Starting'
}

/** A moment is told by clocks of several machines: one that differs by less than this is the same, and no reason to write. */
const SAME_MS = 5000

function steady(at: number, before: string | undefined): string {
  return before !== undefined && Math.abs(Date.parse(before) - at) < SAME_MS ? before : secondsOf(at)
}

export function secondsOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** Members of a status that change with every call. */
const COUNTERS = ['calls', 'unknown', 'columns', 'drain'] as const

/** A status without what changes with every call: only a change of the rest is worth a write at once. */
export function withoutCounters(status: object): object {
  const rest: Record<string, unknown> = { ...status }
  for (const counter of COUNTERS) delete rest[counter]
  return rest
}
