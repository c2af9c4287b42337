/** One operator process in a simulated cluster: its caches, which lag, its memory, which a restart loses, and its hands, which fail. */
import { Expectations } from '#kube/queue/expectations.ts'
import type { FleetInput, FleetPlan, LoadSeen } from '../fleet.ts'
import { afterCreate, afterRefusal } from '../losses.ts'
import { type FleetMemory, NO_MEMORY } from '../memory.ts'
import type { ObservedNode } from '../observed-node.ts'
import type { Ms, ObservedPod } from '../observed-pod.ts'
import { planFleet } from '../plan.ts'
import type { PlanStep } from '../plan-step.ts'
import type { FleetPolicy } from '../policy.ts'
import { problem } from '../problems.ts'
import type { SimCluster } from './sim-cluster.ts'
import type { PodEvent, SimPod, SimRevision } from './sim-objects.ts'

/** What becomes of a request: done; done but nobody hears of it; never arrived; or refused by the server. */
export type Fate = 'done' | 'unheard' | 'unsent' | 'refused'

const KEY = 'acme/a'
const KNOWN_MS = 6000

/** Of the whole world: what the operator is told of the agent. */
export interface SimAgent {
  deleting: boolean
  namespaceTerminating: boolean
  callLimitMs: Ms
  drainMs: Ms
  replacements: number
  policy: FleetPolicy
}

export interface SimJudge {
  deleting(pod: SimPod, step: Extract<PlanStep, { do: 'deletePod' }>): void
  draining(pod: SimPod, step: Extract<PlanStep, { do: 'drain' }>, leadingMs: Ms): void
}

export class SimOperator {
  readonly #cluster: SimCluster
  readonly #agent: SimAgent
  readonly #judge: SimJudge
  #pods = new Map<string, ObservedPod>()
  #revisions: SimRevision[] = []
  #nodes = new Map<string, ObservedNode>()
  #events: PodEvent[] = []
  #expected = new Expectations()
  #lines = new Map<string, Extract<LoadSeen, { state: 'known' }>>()
  #memory: FleetMemory = NO_MEMORY
  /** Whose load the last plan wanted, and since when one does. */
  #followed = new Map<string, number>()
  #leaderSince = 0
  #names = 0
  /** Revision by the name of a pod that was asked for. */
  readonly #asked = new Map<string, string>()
  readonly #watch = (event: PodEvent): void => void this.#events.push(event)
  readonly id: string

  constructor(id: string, cluster: SimCluster, agent: SimAgent, judge: SimJudge) {
    this.id = id
    this.#cluster = cluster
    this.#agent = agent
    this.#judge = judge
    cluster.watchers.add(this.#watch)
    this.restart()
  }

  /** A new process: all that was in memory is gone, and the caches are listed anew. */
  restart(): void {
    this.#expected = new Expectations()
    this.#lines = new Map()
    this.#memory = NO_MEMORY
    this.#followed = new Map()
    this.#leaderSince = this.#cluster.now
    this.relist()
    this.lookAround()
  }

  stop(): void {
    this.#cluster.watchers.delete(this.#watch)
  }

  relist(): void {
    this.#events = []
    this.#pods = new Map([...this.#cluster.pods].map(([uid, pod]) => [uid, { ...pod.seen }]))
    for (const name of this.#expected.awaited(KEY).creates) this.#notice(name)
    for (const uid of this.#expected.awaited(KEY).deletes) if (!this.#pods.has(uid)) this.#expected.sawDelete(KEY, uid)
  }

  /** Caches other than that of pods. */
  lookAround(): void {
    this.#revisions = this.#cluster.revisions.map(revision => ({ ...revision }))
    this.#nodes = new Map(
      [...this.#cluster.nodes.values()].filter(node => node.exists).map(node => [node.seen.name, { ...node.seen }]),
    )
  }

  /** Whether a cache has not seen the truth yet. */
  get isBehind(): boolean {
    const { revisions } = this.#cluster
    const same = revisions.length === this.#revisions.length
    return this.#events.length > 0 || !same || revisions.some((r, i) => r.wanted !== this.#revisions[i]?.wanted)
  }

  deliver(count: number): void {
    for (const event of this.#events.splice(0, count)) {
      if (event.is === 'gone') {
        this.#pods.delete(event.uid)
        this.#expected.sawDelete(KEY, event.uid)
        continue
      }
      this.#pods.set(event.pod.uid, event.pod)
      this.#notice(event.pod.name)
      if (event.pod.deletingAt !== null) this.#expected.sawDelete(KEY, event.pod.uid)
    }
  }

  #notice(name: string): void {
    for (const pod of this.#pods.values()) if (pod.name === name) this.#expected.sawCreate(KEY, name)
  }

  /** Lines of load from whom we reach. */
  hear(): void {
    const { now } = this.#cluster
    for (const [uid, pod] of this.#cluster.pods) {
      if (!this.#followed.has(uid) || !this.#cluster.isReachable(pod)) continue
      const { calls, ringing, outbox, drain, boot, revisions } = pod.worker
      const line = {
        v: 1 as const,
        pod: pod.seen.name,
        boot: String(boot),
        seq: 1,
        slots: { total: 10, reserved: ringing, busy: calls.length },
        outbox,
        drain: drain === null ? null : { ...drain, longestMs: 0 },
        revisions: Object.fromEntries([...revisions].map(name => [name, { calls: calls.length, figures: {} }])),
      }
      this.#lines.set(uid, { state: 'known', line, at: now })
    }
  }

  #loads(): Map<string, LoadSeen> {
    return new Map([...this.#followed].map(([uid, since]) => [uid, this.#loadOf(uid, since)]))
  }

  #loadOf(uid: string, since: number): LoadSeen {
    const seen = this.#lines.get(uid)
    if (seen === undefined) return { state: 'unknown', lastSeenAt: null, calls: null, revisions: null, since }
    if (this.#cluster.now - seen.at <= KNOWN_MS) return seen
    const { slots, revisions } = seen.line
    return { state: 'unknown', lastSeenAt: seen.at, calls: slots.busy + slots.reserved, revisions, since }
  }

  #input(): FleetInput {
    const agent = this.#agent
    const { creates, deletes } = this.#expected.awaited(KEY)
    return {
      agent: { namespace: 'acme', name: 'a', uid: 'agent', deleting: agent.deleting },
      namespaceTerminating: agent.namespaceTerminating,
      revisions: this.#revisions.map(revision => ({ ...revision, resourceVersion: String(revision.rv) })),
      pods: [...this.#pods.values()],
      loads: this.#loads(),
      nodes: this.#nodes,
      awaited: { creates: creates.map(name => ({ name, revision: this.#asked.get(name) ?? '' })), deletes },
      leaderSince: this.#leaderSince,
      drain: { deadlineMs: agent.drainMs, end: { then: { hangUp: true } } as never },
      callLimitMs: agent.callLimitMs,
      replacements: agent.replacements,
      policy: agent.policy,
      memory: this.#memory,
      suffix: () => `${this.id}${++this.#names}`,
    }
  }

  plan(): FleetPlan {
    const { now } = this.#cluster
    if (this.#expected.state(KEY, now) === 'expired') {
      this.relist()
      this.#expected.forget(KEY)
    }
    const plan = planFleet(this.#input(), now)
    this.#memory = plan.memory
    this.#followed = new Map(plan.follow.map(({ uid }) => [uid, this.#followed.get(uid) ?? now]))
    return plan
  }

  /** Carries steps out, each with its fate. */
  execute(plan: FleetPlan, fates: (index: number) => Fate, stopAfter = Number.POSITIVE_INFINITY): void {
    const unraised = new Set<string>()
    for (const [i, step] of plan.steps.entries()) {
      if (i >= stopAfter) return
      const fate = fates(i)
      if (step.do === 'setReplicas') {
        if (!this.#setReplicas(step, fate) && step.resourceVersion === null) unraised.add(step.revision)
      } else if (step.do === 'createPod') {
        if (!unraised.has(step.revision)) this.#create(step, fate)
      } else if (step.do === 'deletePod') this.#delete(step, fate)
      else if (step.do === 'drain') this.#drain(step, fate)
      else this.#mark(step, fate)
    }
    if (stopAfter !== Number.POSITIVE_INFINITY) return
    for (const { uid, revision } of plan.serve) {
      const pod = this.#cluster.pods.get(uid)
      if (pod !== undefined && this.#cluster.isReachable(pod)) pod.worker.revisions.add(revision)
    }
  }

  #setReplicas(step: Extract<PlanStep, { do: 'setReplicas' }>, fate: Fate): boolean {
    const revision = this.#cluster.revisions.find(({ name }) => name === step.revision)
    if (fate === 'unsent' || fate === 'refused' || revision === undefined) return false
    if (step.resourceVersion !== null && step.resourceVersion !== String(revision.rv)) return false
    revision.replicas = step.replicas
    revision.rv = this.#cluster.nextVersion()
    return fate === 'done'
  }

  #create(step: Extract<PlanStep, { do: 'createPod' }>, fate: Fate): void {
    const { now } = this.#cluster
    this.#expected.expectCreate(KEY, step.name, now)
    this.#asked.set(step.name, step.revision)
    if (fate === 'refused') {
      this.#expected.sawCreate(KEY, step.name)
      this.#memory = afterRefusal(
        this.#memory,
        step.revision,
        problem('QuotaExceeded', 'pods'),
        this.#agent.policy,
        now,
      )
      return
    }
    if (fate === 'unsent') return
    const template = this.#revisions.find(({ name }) => name === step.revision)?.template ?? ''
    const pod = this.#cluster.create(step.name, step.revision, template, 'unsealed')
    if (pod === 'exists') return
    this.#cluster.created++
    if (fate === 'unheard') return
    this.#memory = afterCreate(this.#memory, step.revision)
    Object.assign(pod.seen, { made: 'sealed', seal: 'seal', safeToEvict: false })
    this.#cluster.store(pod)
  }

  #delete(step: Extract<PlanStep, { do: 'deletePod' }>, fate: Fate): void {
    const { now } = this.#cluster
    const pod = this.#cluster.pods.get(step.pod.uid)
    this.#expected.expectDelete(KEY, step.pod.uid, now)
    if (fate === 'unsent') return
    if (fate === 'refused' || (pod !== undefined && pod.seen.resourceVersion !== step.pod.resourceVersion)) {
      this.#expected.sawDelete(KEY, step.pod.uid)
      return
    }
    if (pod === undefined) return
    const node = step.node === null ? undefined : this.#cluster.nodes.get(step.node)
    const isGone = node?.exists !== true || node.seen.outOfService
    const isReady = node?.exists === true && node.seen.ready
    if ((step.confirm === 'nodeGone' && !isGone) || (step.confirm === 'nodeReady' && !isReady)) {
      this.#expected.sawDelete(KEY, step.pod.uid)
      return
    }
    this.#judge.deleting(pod, step)
    this.#cluster.delete(pod, 4_000_000, step.proof === 'nodeGone')
  }

  #drain(step: Extract<PlanStep, { do: 'drain' }>, fate: Fate): void {
    const pod = this.#cluster.pods.get(step.pod.uid)
    if (pod === undefined || fate === 'unsent' || fate === 'refused' || !this.#cluster.isReachable(pod)) return
    this.#judge.draining(pod, step, this.#cluster.now - this.#leaderSince)
    // Of several deadlines the earliest holds.
    const deadline = Math.min(step.deadline, pod.worker.drain?.deadline ?? step.deadline)
    pod.worker.drain = { id: step.id, deadline }
  }

  #mark(step: Extract<PlanStep, { do: 'markEvictable' }>, fate: Fate): void {
    const pod = this.#cluster.pods.get(step.pod.uid)
    if (pod === undefined || fate === 'unsent' || fate === 'refused') return
    pod.seen.safeToEvict = step.safe
    this.#cluster.store(pod)
  }
}
