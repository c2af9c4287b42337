/** Writes the status of an agent and of its revisions, and tells of what a person should hear. */
import type { Ms } from '#kube/clock.ts'
import { REVISIONS } from '#operator/fleets/resources.ts'
import { allOf } from './all-of.ts'
import type { AgentStatus, RevisionStatus } from './observed.ts'
import type { AgentParts } from './parts.ts'
import { AGENTS } from './revision-object.ts'
import { agentStatus, revisionStatus } from './status.ts'
import { StatusWriter } from './status-writer.ts'
import { regarding, type Turn } from './turn.ts'

/** A revision that starts says so after this, unless something is wrong with it. */
const FIRST_WORD_MS: Ms = 15_000
const MOST_WORDLESS = 20_000

type Parts = Pick<AgentParts, 'client' | 'counters' | 'recorder' | 'now'>

export class SayAgent {
  readonly #p: Parts
  readonly #agents: StatusWriter<AgentStatus>
  readonly #revisions: StatusWriter<RevisionStatus>
  /** By uid: since when a revision starts without having said so. */
  readonly #wordless = new Map<string, Ms>()

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
    const writes = revisions.map(revision => {
      const outcome = plan.revisions.find(one => one.name === revision.name) ?? retired(revision.name)
      const before = this.#revisions.before(revision, revision.status)
      const next = revisionStatus(agent.name, outcome, outcome.ready, before, now)
      const wordless = before.phase === undefined && next.phase === 'Starting' && outcome.problems.length === 0
      const at = wordless ? this.#firstWordAt(revision.uid, now) : now
      return at > now ? at : this.#revisions.write(revision, before, next, signal)
    })
    const before = this.#agents.before(agent, agent.status)
    const next = agentStatus(conditionInput(turn), plan.revisions, before, now)
    this.#tell(turn, before, next)
    const times = await allOf(this.#agents.write(agent, before, next, signal), ...writes)
    const later = times.filter(at => at !== null)
    return later.length === 0 ? null : Math.min(...later)
  }

  /** That a revision starts, its agent says at once. Most have come up before anybody looks, and then one write says it all. */
  #firstWordAt(uid: string, now: Ms): Ms {
    const since = this.#wordless.get(uid) ?? now
    for (const oldest of this.#wordless.keys()) {
      if (this.#wordless.size < MOST_WORDLESS) break
      this.#wordless.delete(oldest)
    }
    this.#wordless.set(uid, since)
    if (now - since >= FIRST_WORD_MS) this.#wordless.delete(uid)
    return since + FIRST_WORD_MS
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
