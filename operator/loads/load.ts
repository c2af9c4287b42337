/** What is known of a pod's calls, and what may be concluded from it. Pure. Unknown means busy. */
import type { Ms } from '#kube/clock.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'

/** Why nothing is known of a pod. */
export type Silence =
  /** Never asked, or not answered yet. */
  | 'never'
  /** No connection, or it broke off. */
  | 'unreachable'
  /** A connection that says nothing any more. */
  | 'silent'
  /** It does not take our token: it has other keys, or is another pod. */
  | 'refused'
  /** What answers is no worker, or not this pod. */
  | 'stranger'

/** Times are of the clock that the loads are followed with: epoch milliseconds that never jump. */
export type Load =
  | { readonly state: 'known'; readonly line: LoadLine; readonly at: Ms; readonly restarts: number }
  | {
      readonly state: 'unknown'
      readonly why: Silence
      /** Last line, if there ever was one. */
      readonly lastSeenAt: Ms | null
      /** Since when it has been followed. */
      readonly since: Ms
      /** Calls it had when last seen. To show, never to count on. */
      readonly calls: number | null
      readonly restarts: number
    }

/** What Kubernetes says about a pod that does not speak. */
export interface Facts {
  /** The kubelet reports its containers terminated, for good: the pod's phase is Succeeded or Failed, or it is being deleted and none runs. */
  readonly terminated: boolean
  /** Its Node is deleted, or tainted out-of-service. */
  readonly nodeGone: boolean
  /** Longest that any call on it may last, its last words included: max over its revisions. */
  readonly callLimitMs: Ms
}

export type Occupancy =
  | { readonly busy: true; readonly why: 'calls' | 'outbox' | 'unknown'; readonly until: Ms | null }
  | { readonly busy: false; readonly why: 'empty' | 'terminated' | 'nodeGone' | 'limit' }

/** Calls that a pod carries or has promised to. */
export function callsOf(line: LoadLine): number {
  return line.slots.busy + line.slots.reserved
}

/**
 * Whether a pod may carry a call. A pod that is `empty` and not draining may get one at any moment: before it is deleted it is drained.
 * `until`: when an unknown pod's last call is over at the latest.
 */
export function occupancyOf(load: Load, facts: Facts, now: Ms): Occupancy {
  if (facts.terminated) return { busy: false, why: 'terminated' }
  if (facts.nodeGone) return { busy: false, why: 'nodeGone' }
  if (load.state === 'known') {
    if (callsOf(load.line) > 0) return { busy: true, why: 'calls', until: null }
    return load.line.outbox > 0 ? { busy: true, why: 'outbox', until: null } : { busy: false, why: 'empty' }
  }
  // a pod that was never seen may have taken its last call until the moment it was asked first
  const until = (load.lastSeenAt ?? load.since) + facts.callLimitMs
  return now >= until ? { busy: false, why: 'limit' } : { busy: true, why: 'unknown', until }
}

/** Whether the drain of this id was acknowledged, and nothing is left: the proof for a delete. */
export function isDrained(load: Load, drainId: string): boolean {
  if (load.state !== 'known' || load.line.drain?.id !== drainId) return false
  return callsOf(load.line) === 0 && load.line.outbox === 0
}

/** Whether a revision is served as this request of it says. */
export function serves(load: Load, revision: string, requestId: string): boolean {
  return load.state === 'known' && load.line.revisions[revision]?.id === requestId
}
