/**
 * Tells the edge which pods take calls, as the gateway will: those that are Ready, once a second. After an API server was away Kubernetes takes Ready from all
 * pods at once, until their kubelets are heard of: where none is Ready, calls go where they went before.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isReady, type Pod } from './kube.ts'
import type { Place } from './place.ts'

export interface FollowedWorkers {
  /** Pods that the edge sends calls to now. */
  readonly ready: readonly Pod[]
  /** The pod that a caller's call is or was on, also when it is gone. */
  podOf(caller: string): Pod | undefined
  /** The node that a caller's call is or was on; `no node` when the edge had no worker for it. */
  nodeOf(caller: string): string
  /** Whether the pod with this uid is being deleted, or gone. */
  isTerminating(uid: string): boolean
  /** Waits until so many are Ready, on so many nodes. @throws Error after `ms` */
  until(pods: number, nodes: number, ms: number): Promise<readonly Pod[]>
  /** Waits until so many are Ready beside the one with this uid. @throws Error after `ms` */
  without(uid: string, pods: number, ms: number): Promise<void>
  /** Waits until so many are Ready on this node. @throws Error after `ms` */
  on(node: string, pods: number, ms: number): Promise<void>
  /** Sends no calls to the pod of this name, and does not count it. */
  hide(name: string): void
  /** Whether there are exactly so many in the end, whatever state they are in. */
  exactly(pods: number, ms: number): Promise<boolean>
  /** Whether the pod with this uid is gone in the end. */
  gone(uid: string, ms: number): Promise<boolean>
  stop(): Promise<void>
}

const SIP_PORT = 5060
const PERIOD_MS = 1000

/** @param select arguments of `kubectl get pods`: namespace and labels */
export function followWorkers(place: Place, select: readonly string[]): FollowedWorkers {
  const byAddress = new Map<string, Pod>()
  let all: readonly Pod[] = []
  let ready: readonly Pod[] = []
  let lastReady: readonly Pod[] = []
  let told = ''
  const hidden = new Set<string>()
  const stopped = new AbortController()

  /** Addresses that take calls: of those that are Ready, or were when last some were and are not being deleted. */
  const taken = (): string => {
    const there = new Set(all.filter(pod => pod.metadata.deletionTimestamp === undefined).map(pod => pod.metadata.uid))
    return addresses(ready.length > 0 ? ready : lastReady.filter(pod => there.has(pod.metadata.uid)))
  }

  const look = async (): Promise<void> => {
    const pods = await place.kube.get<Pod[]>('pods', ...select)
    all = pods.filter(pod => !hidden.has(pod.metadata.name))
    ready = all.filter(isReady)
    if (ready.length > 0) lastReady = ready
    for (const pod of all) if (pod.status.podIP !== undefined) byAddress.set(addressOf(pod), pod)
    const workers = taken()
    if (workers === told) return
    await place.setWorkers(workers === '' ? [] : workers.split(','))
    told = workers
  }
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      // The API server may be away: the edge goes on with what it knows.
      await look().catch(() => {})
      await sleep(PERIOD_MS)
    }
  })()

  const podOf = (caller: string): Pod | undefined =>
    byAddress.get(place.routed().findLast(routed => routed.from === caller)?.worker ?? '')

  /** And the edge knows it. */
  const must = async (what: () => boolean, title: string, ms: number): Promise<void> => {
    if (await comes(() => told === taken() && what(), ms)) return
    const names = ready.map(pod => `${pod.metadata.name} on ${pod.spec.nodeName}`).join(', ')
    const seen = await place.kube('get', 'pods', ...select, '-o', 'wide')
    const last = await place.kube.try(['logs', ...select, '--tail=5'])
    throw new Error(`not ${title} in ${ms / 1000} s: ${names || 'none'}\n${seen}\n${last.out}${last.err}`)
  }

  return {
    get ready() {
      return ready
    },
    podOf,
    nodeOf: caller => podOf(caller)?.spec.nodeName ?? 'no node',
    isTerminating: uid => all.every(pod => pod.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined),
    exactly: (pods, ms) => comes(() => all.length === pods, ms),
    gone: (uid, ms) => comes(() => all.every(pod => pod.metadata.uid !== uid), ms),
    until: async (pods, nodes, ms) => {
      const nodesOf = (): number => new Set(ready.map(pod => pod.spec.nodeName)).size
      await must(() => ready.length >= pods && nodesOf() >= nodes, `${pods} workers Ready on ${nodes} nodes`, ms)
      return ready
    },
    without: (uid, pods, ms) =>
      must(
        () => ready.filter(pod => pod.metadata.uid !== uid).length >= pods,
        `${pods} workers Ready beside the one that goes`,
        ms,
      ),
    on: (node, pods, ms) =>
      must(
        () => ready.filter(pod => pod.spec.nodeName === node).length >= pods,
        `${pods} workers Ready on ${node}`,
        ms,
      ),
    hide: name => void hidden.add(name),
    stop: async () => {
      stopped.abort()
      await loop
      await place.setWorkers([])
    },
  }
}

async function comes(what: () => boolean, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(200)) if (what()) return true
  return what()
}

function addresses(pods: readonly Pod[]): string {
  return pods.map(addressOf).toSorted().join(',')
}

function addressOf(pod: Pod): string {
  return `${pod.status.podIP}:${SIP_PORT}`
}
