/** A fleet on a real API server that has no controllers: kubelets, workers and the reconcile loop are played here. */
import type { Client } from '#kube/client/client.ts'
import { Reflector } from '#kube/reflector/reflector.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import type { FleetPlan, LoadSeen, RevisionInput } from '../fleet.ts'
import { Fleets } from '../fleets.ts'
import { WORKER_CONTAINER, WORKER_SELECTOR } from '../names.ts'
import { projectNode } from '../observed-node.ts'
import type { ObservedPod } from '../observed-pod.ts'
import type { PodTemplate } from '../pod-template.ts'
import { projectPod } from '../project-pod.ts'
import type { Refusal } from '../refusal.ts'
import { NODES, PODS, REVISIONS } from '../resources.ts'
import type { Seals } from '../seal.ts'

const NONE = new AbortController().signal

interface PlayedWorker {
  busy: number
  drain: LoadLine['drain']
  revisions: Set<string>
}

export class LiveFleet {
  readonly agent: { readonly namespace: string; readonly name: string; readonly uid: string; deleting: boolean }
  readonly wanted = new Map<string, number>()
  readonly workers = new Map<string, PlayedWorker>()
  readonly refusals: Refusal[] = []
  readonly client: Client
  readonly seals: Seals
  readonly #templates: (revision: string) => PodTemplate
  readonly #pods: Reflector<ObservedPod>
  readonly #revisions: Reflector<{ readonly uid: string; readonly replicas: number }>
  #fleets: Fleets
  #now = Date.now()

  constructor(
    client: Client,
    seals: Seals,
    agent: { namespace: string; name: string; uid: string },
    templates: (revision: string) => PodTemplate,
  ) {
    this.client = client
    this.seals = seals
    this.agent = { ...agent, deleting: false }
    this.#templates = templates
    this.#fleets = this.#newFleets()
    const failed = (): void => undefined
    this.#pods = new Reflector<ObservedPod>({
      client,
      resource: PODS,
      namespace: agent.namespace,
      labels: WORKER_SELECTOR,
      project: object => projectPod(object, seals),
      changed: change => this.#fleets.podChanged(change),
      failed,
    })
    this.#revisions = new Reflector({
      client,
      resource: REVISIONS,
      namespace: agent.namespace,
      project: ({ metadata, spec }) => ({ uid: metadata.uid, replicas: (spec as { replicas?: number }).replicas ?? 0 }),
      failed,
    })
  }

  async start(): Promise<void> {
    this.#pods.start()
    this.#revisions.start()
    await Promise.all([this.#pods.synced, this.#revisions.synced])
  }

  stop(): void {
    this.#pods.stop()
    this.#revisions.stop()
  }

  /** A new operator, with nothing in memory. */
  restart(): void {
    this.#fleets = this.#newFleets()
  }

  pods(): ObservedPod[] {
    return [...this.#pods.cache.entries()].map(entry => entry.value)
  }

  ours(): ObservedPod[] {
    return this.pods().filter(pod => pod.made === 'sealed')
  }

  replicas(revision: string): number | undefined {
    return this.#revisions.cache.get(`${this.agent.namespace}/${revision}`)?.value.replicas
  }

  /** Plans and carries out; workers that are to serve do. A minute goes by with each, so that nothing waits for time. */
  async reconcile(): Promise<FleetPlan> {
    this.#now += 60_000
    await this.#fleets.settle(this.agent, NONE)
    const nodes = await this.client.list(NODES, {})
    const plan = this.#fleets.plan({
      agent: this.agent,
      namespaceTerminating: false,
      revisions: this.#revisionInputs(),
      pods: this.pods(),
      loads: new Map(this.pods().map(pod => [pod.uid, this.#loadOf(pod)])),
      nodes: new Map(nodes.items.map(node => [node.metadata.name, projectNode(node)])),
      leaderSince: 0,
      drain: { deadlineMs: 600_000, end: { then: { hangUp: true } } as never },
      callLimitMs: 1_800_000,
      replacements: 1,
    })
    await this.#fleets.execute(this.agent, plan, this.#templates, NONE)
    for (const { uid, revision } of plan.serve) this.worker(uid).revisions.add(revision)
    return plan
  }

  worker(uid: string): PlayedWorker {
    const worker = this.workers.get(uid) ?? { busy: 0, drain: null, revisions: new Set() }
    this.workers.set(uid, worker)
    return worker
  }

  /** What a scheduler and a kubelet do for every pod that waits: bound, running, Ready; or gone, when it is being deleted. */
  async playKubelet(node: string): Promise<void> {
    const { items } = await this.client.list(PODS, { namespace: this.agent.namespace })
    for (const pod of items) {
      const { namespace, name, uid, resourceVersion, deletionTimestamp } = pod.metadata
      if (deletionTimestamp !== undefined) {
        const exactly = { namespace, name, uid, resourceVersion }
        await this.client.delete(PODS, exactly, { gracePeriodSeconds: 0 })
        continue
      }
      const spec = pod['spec'] as { nodeName?: string }
      if (spec.nodeName === undefined) {
        const binding = { metadata: { namespace, name }, target: { apiVersion: 'v1', kind: 'Node', name: node } }
        await this.client.create({ ...PODS, plural: `pods/${name}/binding`, kind: 'Binding' }, binding)
      }
      await this.setStatus(name, running())
    }
  }

  async setStatus(name: string, status: object): Promise<void> {
    const pod = await this.client.get(PODS, { namespace: this.agent.namespace, name })
    if (pod !== null) await this.client.replace(PODS, { ...pod, status }, { subresource: 'status' })
  }

  #newFleets(): Fleets {
    return new Fleets({
      client: this.client,
      seals: this.seals,
      drains: {
        drain: ({ uid }, { id, deadline }) => {
          this.worker(uid).drain = { id, deadline, longestMs: 0 }
          return Promise.resolve()
        },
      },
      now: () => this.#now,
      random: Math.random,
      failed: (_key, _step, _error, refusal) => void this.refusals.push(refusal),
    })
  }

  #revisionInputs(): RevisionInput[] {
    const revisions = [...this.#revisions.cache.entries()]
    return revisions.flatMap(({ key, resourceVersion, value }) => {
      const name = key.split('/')[1] ?? ''
      const wanted = this.wanted.get(name)
      const template = this.#templates(name).hash
      return wanted === undefined ? [] : [{ name, resourceVersion, wanted, template, ...value }]
    })
  }

  #loadOf(pod: ObservedPod): LoadSeen {
    if (pod.container.is !== 'running')
      return { state: 'unknown', lastSeenAt: null, calls: null, revisions: null, since: 0 }
    const { busy, drain, revisions } = this.worker(pod.uid)
    const line: LoadLine = {
      v: 1,
      pod: pod.name,
      boot: 'b',
      seq: 1,
      slots: { total: 10, reserved: 0, busy },
      outbox: 0,
      drain,
      revisions: Object.fromEntries([...revisions].map(name => [name, { calls: busy, figures: {} }])),
    }
    return { state: 'known', line, at: this.#now }
  }
}

/** The status of a pod that serves. */
function running(): object {
  const at = `${new Date().toISOString().slice(0, 19)}Z`
  return {
    phase: 'Running',
    podIP: '10.1.2.3',
    podIPs: [{ ip: '10.1.2.3' }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }],
    containerStatuses: [
      {
        name: WORKER_CONTAINER,
        image: 'i',
        imageID: 'i',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: at } },
      },
    ],
  }
}
