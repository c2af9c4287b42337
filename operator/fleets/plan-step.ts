/** What a plan asks for. Every step says why, and no pod is deleted without a proof that it carries no call. */
import type { FinalAction } from '#crds/behaviour.ts'
import type { Ms, PodRef } from './observed-pod.ts'

/**
 * Why a pod can carry no call. `drained`: it acknowledged our drain, so it takes no call, and has none, nor a record to write. `neverReady`:
 * it never ran, or was never Ready, so it was given no revision. `terminated`: the kubelet says that its process has ended. `nodeGone`: its
 * node is gone or out of service. `outlived`: nothing was heard of it for longer than any call may last.
 */
export type Proof = 'drained' | 'neverReady' | 'terminated' | 'nodeGone' | 'outlived'

export type PlanStep =
  /** Replicas of the revision, so that the budget holds: before the create that it is for, after the pod that is gone. */
  | {
      readonly do: 'setReplicas'
      readonly revision: string
      readonly replicas: number
      /** Lowered only at the state that was looked at; null: raised, whatever it is. */
      readonly resourceVersion: string | null
      readonly why: string
    }
  | { readonly do: 'createPod'; readonly name: string; readonly revision: string; readonly why: string }
  /** Refuse new calls; end those that are left at the deadline, as the agent declares. Sent until the worker echoes the id. */
  | {
      readonly do: 'drain'
      readonly pod: PodRef
      readonly address: string
      readonly id: string
      readonly deadline: Ms
      readonly end: FinalAction
      readonly why: string
    }
  | {
      readonly do: 'deletePod'
      readonly pod: PodRef
      readonly node: string | null
      readonly proof: Proof
      readonly why: string
    }
  /** Tells autoscalers whether the pod may go with its node. */
  | {
      readonly do: 'markEvictable'
      readonly pod: PodRef
      readonly seal: string
      readonly safe: boolean
      readonly why: string
    }
