/**
 * A pod as the planner sees it: a small plain value, for 10,000 of them are cached. Made from the raw object by `project-pod.ts`, and of
 * nothing else: whatever is not here does not decide about a pod.
 */

/** Epoch milliseconds. Objects carry wall-clock times, so the planner's clock is the wall's. */
export type Ms = number

/**
 * Whether we made it. `sealed`: our seal over this very uid is on it, so this operator, or one before it, created it. `unsealed`: it has a
 * name that we gave out, but nobody sealed this uid: a create whose answer was lost, a seal that was taken off, or somebody's copy. It is
 * emptied and let go, and never counts. `foreign`: it wears our labels and nothing of ours. It is never counted and never touched.
 */
export type Made = 'sealed' | 'unsealed' | 'foreign'

/** The worker's container, as the kubelet last told. */
export type ContainerSeen =
  | { readonly is: 'absent' }
  /** Not running now. `reason` such as ImagePullBackOff, CrashLoopBackOff, CreateContainerConfigError. */
  | { readonly is: 'waiting'; readonly reason: string; readonly message: string; readonly ran: boolean }
  | { readonly is: 'running'; readonly startedAt: Ms }
  | { readonly is: 'terminated'; readonly reason: string; readonly exitCode: number; readonly finishedAt: Ms }

export interface ObservedPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  /** By what we signed where we made it, by its labels where not. */
  readonly agent: string
  readonly revision: string
  readonly made: Made
  /** Hash of the template it was built from; empty on foreign pods. */
  readonly template: string
  /** Somebody changed what we made: labels, image, owner, tolerations. */
  readonly edited: boolean
  /** The seal as it is written on it, which every apply must carry again; null where there is none that holds. */
  readonly seal: string | null
  /** Uid of the controlling owner; null without one. */
  readonly controller: string | null
  readonly createdAt: Ms
  /** When its grace is over, once somebody has deleted it: the request's time plus the grace. */
  readonly deletingAt: Ms | null
  readonly finalizers: readonly string[]
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  /** Of a pod that failed or is about to go: Evicted, Preempting, NodeLost, DeletionByTaintManager …; empty otherwise. */
  readonly reason: string
  readonly message: string
  readonly node: string | null
  /** Why the scheduler finds no place; null when it did, or has not said. */
  readonly unschedulable: string | null
  readonly address: string | null
  readonly ready: boolean
  /** When `ready` last changed; null when nobody said. */
  readonly readyChangedAt: Ms | null
  /** Its Ready condition has not changed since the kubelet took it on: it was never Ready, however often its container was started. */
  readonly neverReady: boolean
  readonly container: ContainerSeen
  readonly restarts: number
  /** How its container ended the last time: the last line it said, or the reason. Empty when it never did. */
  readonly lastEnd: string
  /** `safe-to-evict` as it is written on it now; null when it is not. */
  readonly safeToEvict: boolean | null
}

/** Names one life of a pod in one state: what every delete is made with. */
export interface PodRef {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}
