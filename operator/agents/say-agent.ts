/** Writes the status of an agent and of its revisions, and tells of what a person should hear. */
import type { Ms } from '#kube/clock.ts'
import { REVISIONS } from '#operator/fleets/resources.ts'
import type { AgentStatus, RevisionStatus } from './observed.ts'
import type { AgentParts } from './parts.ts'
import { AGENTS } from './revision-object.ts'
import { agentStatus, revisionStatus } from './status.ts'
import { StatusWriter } from './status-writer.ts'
import { regarding, type Turn } from './turn.ts'

type Parts = Pick<AgentParts, 'client' | 'counters' | 'recorder' | 'now'>

/** A revision that starts says nothing of itself for so long: most serve by then, and that is one write less. Its agent says that it starts. */
const YOUNG_MS: Ms = 5000

export class SayAgent {
  readonly #p: Parts
  readonly #agents: StatusWriter<AgentStatus>
  readonly #revisions: StatusWriter<RevisionStatus>

  constructor(parts: Parts) {
    this.#p = parts
    const { client, counters, now } = parts
    this.#agents = new StatusWriter(client, AGENTS, counters, now)
    this.#revisions = new StatusWriter(client, REVISIONS, counters, now)
  }

  /** @returns when counters that are not written yet have their turn */
  async say(turn: Turn, signal: AbortSignal): Promise<Ms | null> {
    const { agent, plan, revisions } = turn
    const now = this.#p.now()
    let again: Ms | null = null
    const later = (at: Ms | null): void => {
      if (at !== null) again = again === null ? at : Math.min(again, at)
    }
    for (const revision of revisions) {
      const outcome = plan.revisions.find(one => one.name === revision.name) ?? retired(revision.name)
      const before = this.#revisions.before(revision, revision.status)
      const next = revisionStatus(agent.name, outcome, outcome.ready, before, now)
      const youngUntil = Date.parse(revision.createdAt) + YOUNG_MS
      if (before.phase === undefined && next.phase === 'Starting' && now < youngUntil) {
        later(youngUntil)
        continue
      }
      later(await this.#revisions.write(revision, before, next, signal))
    }
    const before = this.#agents.before(agent, agent.status)
    const next = agentStatus(conditionInput(turn), plan.revisions, before, now)
    this.#tell(turn, before, next)
    later(await this.#agents.write(agent, before, next, signal))
    return again
  }

  /** A problem is told once, when it begins or becomes another one. */
  #tell({ agent }: Turn, before: AgentStatus, next: AgentStatus): void {
    const stalled = (status: AgentStatus) => status.conditions?.find(condition => condition.type === 'Stalled')
    const [was, is] = [stalled(before), stalled(next)]
    if (is?.status !== 'True' || (was?.status === 'True' && was.reason === is.reason)) return
    const { reason, message } = is
    this.#p.recorder.record({
      regarding: regarding(agent),
      type: 'Warning',
      reason,
      action: 'Reconcile',
      note: message,
    })
  }
}

function conditionInput(turn: Turn) {
  const { agent, problems, rollout, current, stable, plan, claims } = turn
  const ready = (name: string | null): number => plan.revisions.find(outcome => outcome.name === name)?.ready ?? 0
  // while one takes over from another, the one that has pods is the one that answers
  const answers = [rollout.serving, ...plan.revisions.map(outcome => outcome.name)].find(
    name => ready(name ?? null) > 0,
  )
  return {
    generation: agent.generation,
    deleting: agent.deleting,
    problems,
    serving: answers ?? rollout.serving,
    current: current?.name ?? null,
    stable: rollout.promote ?? stable?.name ?? null,
    rolling: rollout.rolling && rollout.promote === null,
    answering: plan.revisions.reduce((sum, outcome) => sum + outcome.ready, 0),
    answeringCurrent: ready(current?.name ?? null),
    pods: agent.spec?.scaling.minPods ?? 1,
    reachable: claims.some(({ standing }) => standing.is === 'held'),
  }
}

function retired(name: string) {
  return {
    name,
    wanted: 0,
    pods: 0,
    ready: 0,
    starting: 0,
    draining: 0,
    unknown: 0,
    calls: 0,
    slots: 0,
    drain: null,
    problems: [],
  }
}
