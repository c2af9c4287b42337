/** The truth of a simulated cluster: what an API server stores, what kubelets and nodes do, and what workers really carry. */
import type { Made, Ms, ObservedPod } from '../observed-pod.ts'
import type { PodEvent, SimNode, SimPod, SimRevision, SimWorker, Writable } from './sim-objects.ts'

export const GRACE_MS = 4_000_000

export class SimCluster {
  now: Ms = 1_000_000_000
  readonly pods = new Map<string, SimPod>()
  readonly nodes = new Map<string, SimNode>()
  readonly revisions: SimRevision[] = []
  /** Told of every change of a stored pod. */
  readonly watchers = new Set<(event: PodEvent) => void>()
  /** Pods that the operator made. */
  created = 0
  #rv = 100
  #uid = 0

  constructor(nodes: number) {
    for (let i = 0; i < nodes; i++) this.addNode(`n${i}`)
  }

  addNode(name: string): void {
    const seen = { name, ready: true, leaving: null, outOfService: false }
    this.nodes.set(name, { seen, connected: true, reachable: true, up: true, exists: true })
  }

  nextVersion(): number {
    return ++this.#rv
  }

  /** A change of a stored pod: a new version, told to all. */
  store(pod: SimPod): void {
    pod.seen.resourceVersion = String(this.nextVersion())
    if (!this.pods.has(pod.seen.uid)) return
    const copy = { ...pod.seen }
    for (const watcher of this.watchers) watcher({ is: 'put', pod: copy })
  }

  drop(pod: SimPod): void {
    pod.worker.running = false
    pod.worker.calls = []
    pod.worker.ringing = 0
    this.pods.delete(pod.seen.uid)
    for (const watcher of this.watchers) watcher({ is: 'gone', uid: pod.seen.uid })
  }

  create(name: string, revision: string, template: string, made: Made): SimPod | 'exists' {
    for (const { seen } of this.pods.values()) if (seen.name === name) return 'exists'
    const uid = `u${++this.#uid}`
    const seen: Writable<ObservedPod> = {
      namespace: 'acme',
      name,
      uid,
      resourceVersion: '0',
      agent: 'a',
      revision,
      made,
      template,
      edited: false,
      seal: null,
      controller: made === 'foreign' ? null : `uid-${revision}`,
      createdAt: this.now,
      deletingAt: null,
      finalizers: [],
      phase: 'Pending',
      reason: '',
      message: '',
      node: null,
      unschedulable: null,
      address: null,
      ready: false,
      readyChangedAt: null,
      neverReady: true,
      container: { is: 'absent' },
      restarts: 0,
      lastEnd: '',
      safeToEvict: null,
    }
    const worker: SimWorker = {
      running: false,
      boot: 0,
      restartsAt: 0,
      calls: [],
      ringing: 0,
      outbox: 0,
      drain: null,
      revisions: new Set(),
    }
    const pod: SimPod = { seen, worker, stuck: false }
    this.pods.set(uid, pod)
    this.store(pod)
    return pod
  }

  nodeOf(pod: SimPod): SimNode | undefined {
    return pod.seen.node === null ? undefined : this.nodes.get(pod.seen.node)
  }

  /** Whether the kubelet of its node acts on it and can say so. */
  hasKubelet(pod: SimPod): boolean {
    const node = this.nodeOf(pod)
    return node !== undefined && node.exists && node.connected
  }

  isReachable(pod: SimPod): boolean {
    return pod.worker.running && (this.nodeOf(pod)?.reachable ?? false)
  }

  /** A delete that the API server took: graceful where a kubelet must act, at once where none ever did. */
  delete(pod: SimPod, graceMs: Ms, force = false): void {
    if (force || pod.seen.node === null || pod.seen.phase === 'Failed') {
      this.drop(pod)
      return
    }
    if (pod.seen.deletingAt !== null && pod.seen.deletingAt <= this.now + graceMs) return
    pod.seen.deletingAt = this.now + graceMs
    this.store(pod)
    // The kubelet sends SIGTERM, which the worker takes as a drain of its own.
    if (this.hasKubelet(pod)) this.stopGently(pod)
  }

  stopGently(pod: SimPod): void {
    if (pod.seen.deletingAt !== null) pod.worker.drain ??= { id: 'sigterm', deadline: pod.seen.deletingAt }
  }

  /** One thing that the scheduler or a kubelet does for a pod. */
  progress(pod: SimPod): void {
    const { seen, worker } = pod
    if (seen.phase === 'Failed') {
      if (seen.deletingAt !== null) this.drop(pod)
      return
    }
    if (seen.node === null) {
      if (seen.deletingAt !== null) this.drop(pod)
      else this.#schedule(pod)
      return
    }
    if (!this.hasKubelet(pod)) {
      this.#startUnseen(pod)
      return
    }
    if (seen.deletingAt !== null) this.#terminate(pod)
    else if (pod.stuck) this.#waitForImage(pod)
    else if (!worker.running) this.#start(pod)
    else if (!seen.ready) this.#ready(pod, true)
    else if (this.nodeOf(pod)?.seen.ready === true) return
  }

  #schedule(pod: SimPod): void {
    const open = [...this.nodes.values()].filter(
      n => n.exists && n.seen.ready && n.seen.leaving === null && !n.seen.outOfService,
    )
    const [first] = open.toSorted((a, b) => this.#podsOn(a) - this.#podsOn(b))
    if (pod.stuck || first === undefined) {
      if (pod.seen.unschedulable !== null) return
      pod.seen.unschedulable = '0/2 nodes are available.'
      this.store(pod)
      return
    }
    pod.seen.unschedulable = null
    pod.seen.node = first.seen.name
    pod.seen.readyChangedAt = this.now
    this.store(pod)
  }

  #podsOn(node: SimNode): number {
    return [...this.pods.values()].filter(pod => pod.seen.node === node.seen.name).length
  }

  #waitForImage(pod: SimPod): void {
    if (pod.worker.running || pod.seen.container.is !== 'absent') return
    pod.seen.container = { is: 'waiting', reason: 'ImagePullBackOff', message: 'not found', ran: false }
    this.store(pod)
  }

  #start(pod: SimPod): void {
    const { seen, worker } = pod
    if (this.now < worker.restartsAt) return
    if (worker.boot > 0) seen.restarts++
    worker.boot++
    worker.running = true
    worker.drain = null
    seen.phase = 'Running'
    seen.address = '10.0.0.1'
    seen.container = { is: 'running', startedAt: this.now + 1 }
    this.store(pod)
  }

  /** A kubelet that is cut off starts containers again all the same. Nobody hears of it. */
  #startUnseen(pod: SimPod): void {
    const { worker } = pod
    if (this.nodeOf(pod)?.up !== true || worker.running || worker.boot === 0 || this.now < worker.restartsAt) return
    worker.boot++
    worker.running = true
    worker.drain = null
  }

  #ready(pod: SimPod, ready: boolean): void {
    pod.seen.ready = ready
    pod.seen.neverReady = false
    pod.seen.readyChangedAt = this.now + 1
    this.store(pod)
  }

  #terminate(pod: SimPod): void {
    this.stopGently(pod)
    const { worker, seen } = pod
    if (worker.running && worker.calls.length + worker.ringing + worker.outbox > 0 && this.now < (seen.deletingAt ?? 0))
      return
    this.drop(pod)
  }

  crash(pod: SimPod): void {
    const { seen, worker } = pod
    if (!worker.running) return
    worker.running = false
    worker.calls = []
    worker.ringing = 0
    worker.drain = null
    // A process is started again by its kubelet, and needs a moment to be up.
    worker.restartsAt = this.now + 3500
    if (!this.hasKubelet(pod)) return
    seen.container = { is: 'waiting', reason: 'CrashLoopBackOff', message: '', ran: true }
    seen.lastEnd = 'Error, exit code 1'
    if (seen.ready) this.#ready(pod, false)
    else this.store(pod)
  }

  /** The kubelet kills it for good. */
  fail(pod: SimPod, reason: string): void {
    if (!this.hasKubelet(pod)) return
    pod.worker.running = false
    pod.worker.calls = []
    pod.worker.ringing = 0
    Object.assign(pod.seen, { phase: 'Failed', reason, ready: false, container: { is: 'absent' } })
    this.store(pod)
  }

  /** The node controller's view of nodes whose kubelet is not heard. */
  nodeNotReady(node: SimNode): void {
    node.seen.ready = false
    for (const pod of this.pods.values())
      if (pod.seen.node === node.seen.name && pod.seen.ready) this.#ready(pod, false)
  }

  nodeBack(node: SimNode): void {
    Object.assign(node, { connected: true, reachable: true, up: true, exists: true })
    Object.assign(node.seen, { ready: true, leaving: null, outOfService: false })
    for (const pod of this.pods.values()) {
      if (pod.seen.node !== node.seen.name) continue
      if (pod.worker.running && !pod.seen.ready && pod.seen.deletingAt === null) this.#ready(pod, true)
      if (pod.worker.running && pod.seen.container.is !== 'running') {
        pod.seen.container = { is: 'running', startedAt: this.now - 1000 }
        pod.seen.restarts++
        this.store(pod)
      }
      if (!pod.worker.running && pod.seen.container.is === 'running') {
        pod.seen.container = { is: 'waiting', reason: 'CrashLoopBackOff', message: '', ran: true }
        this.store(pod)
      }
    }
  }

  /** Calls that are over are over. */
  endCalls(): void {
    for (const { worker } of this.pods.values()) {
      const limit = worker.drain?.deadline ?? Number.POSITIVE_INFINITY
      const left = worker.calls.filter(call => this.now < Math.min(call.endsAt, limit))
      if (worker.calls.length > left.length) worker.outbox++
      worker.calls = left
      if (this.now >= limit) worker.ringing = 0
    }
  }
}
