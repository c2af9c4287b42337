/** What a simulated cluster is made of. */
import type { ObservedNode } from '../observed-node.ts'
import type { Ms, ObservedPod } from '../observed-pod.ts'

export interface SimCall {
  readonly endsAt: Ms
}

/** The process in a pod. Its revisions are on a volume, so they outlive a restart; its drain does not. */
export interface SimWorker {
  running: boolean
  boot: number
  /** Not before this is it started again. */
  restartsAt: Ms
  calls: SimCall[]
  /** Calls that ring: promised, and not there yet. */
  ringing: number
  outbox: number
  drain: { id: string; deadline: Ms } | null
  revisions: Set<string>
}

export type Writable<T> = { -readonly [K in keyof T]: T[K] }

export interface SimPod {
  seen: Writable<ObservedPod>
  worker: SimWorker
  /** Everything about it stays as it is: no image, or no place. */
  stuck: boolean
}

export interface SimNode {
  seen: Writable<ObservedNode>
  /** Its kubelet reaches the API server. */
  connected: boolean
  /** We reach its pods. */
  reachable: boolean
  /** Its machine runs. */
  up: boolean
  exists: boolean
}

export interface SimRevision {
  name: string
  uid: string
  replicas: number
  rv: number
  wanted: number
  template: string
}

export type PodEvent = { is: 'put'; pod: ObservedPod } | { is: 'gone'; uid: string }
