/** Tells the edge which pods take calls, as the gateway will: those that are Ready, once a second. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isReady, type Pod } from './kube.ts'
import type { Place } from './place.ts'

export interface FollowedWorkers {
  /** Pods that the edge sends calls to now. */
  readonly ready: readonly Pod[]
  /** The pod at an address that the edge knows (`10.88.1.5:5060`), also when it is gone. */
  podAt(worker: string): Pod | undefined
  /** The node that a caller's call is or was on; `no node` when the edge had no worker for it. */
  nodeOf(caller: string): string
  /** Waits until so many are Ready, on so many nodes. @throws Error after `ms` */
  until(pods: number, nodes: number, ms: number): Promise<readonly Pod[]>
  stop(): Promise<void>
}

const SIP_PORT = 5060
const PERIOD_MS = 1000

/** @param select arguments of `kubectl get pods`: namespace and labels */
export function followWorkers(place: Place, select: readonly string[]): FollowedWorkers {
  const byAddress = new Map<string, Pod>()
  let ready: readonly Pod[] = []
  let told = ''
  const stopped = new AbortController()

  const look = async (): Promise<void> => {
    const pods = await place.kube.get<Pod[]>('pods', ...select)
    ready = pods.filter(isReady)
    for (const pod of pods) if (pod.status.podIP !== undefined) byAddress.set(addressOf(pod), pod)
    const workers = addresses(ready)
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

  return {
    get ready() {
      return ready
    },
    podAt: worker => byAddress.get(worker),
    nodeOf: caller => {
      const worker = place.routed().findLast(routed => routed.from === caller)?.worker ?? ''
      return byAddress.get(worker)?.spec.nodeName ?? 'no node'
    },
    until: async (pods, nodes, ms) => {
      for (const end = performance.now() + ms; performance.now() < end; await sleep(200))
        if (told === addresses(ready) && ready.length >= pods && new Set(ready.map(p => p.spec.nodeName)).size >= nodes)
          return ready
      const names = ready.map(pod => `${pod.metadata.name} on ${pod.spec.nodeName}`).join(', ')
      const all = await place.kube('get', 'pods', ...select, '-o', 'wide')
      const last = await place.kube.try(['logs', ...select, '--tail=5'])
      throw new Error(
        `not ${pods} workers Ready on ${nodes} nodes in ${ms / 1000} s: ${names || 'none'}\n${all}\n${last.out}${last.err}`,
      )
    },
    stop: async () => {
      stopped.abort()
      await loop
      await place.setWorkers([])
    },
  }
}

function addresses(pods: readonly Pod[]): string {
  return pods.map(addressOf).toSorted().join(',')
}

function addressOf(pod: Pod): string {
  return `${pod.status.podIP}:${SIP_PORT}`
}
