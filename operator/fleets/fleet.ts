/** What the planner is given of one agent, and what it answers: plain values, no clock, no chance, no I/O. */
import type { FinalAction } from '#crds/behaviour.ts'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import type { FleetMemory } from './memory.ts'
import type { ObservedNode } from './observed-node.ts'
import type { Ms, ObservedPod } from './observed-pod.ts'
import type { PlanStep } from './plan-step.ts'
import type { FleetPolicy } from './policy.ts'

/** What a worker says of itself. Unknown means busy. */
export type LoadSeen =
  | { readonly state: 'known'; readonly line: LoadLine; readonly at: Ms }
  /** `lastSeenAt`, `calls` and `revisions`: what its last line said; null when nobody heard of it since we began to ask it, at `since`. */
  | {
      readonly state: 'unknown'
      readonly lastSeenAt: Ms | null
      readonly calls: number | null
      readonly revisions: LoadLine['revisions'] | null
      readonly since: Ms
    }

export interface RevisionInput {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  /** `spec.replicas` as it is. */
  readonly replicas: number
  /** It was made a moment ago, in this very turn: so `replicas` is what is stored, and nobody has lowered it since. */
  readonly fresh?: boolean
  /**
   * Pods that shall serve. Those of a revision with 0 are drained as soon as the others can carry what is wanted in all: so a new revision
   * may be given its number and the old one 0 at once, or the old one may keep its number until the new one has proved itself.
   */
  readonly wanted: number
  /** Hash of the pod that would be made now (`podTemplate().hash`): pods of another one are replaced under the budget. */
  readonly template: string
}

export interface FleetInput {
  readonly agent: {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    /** Marked for deletion: nothing is made, everything is drained. */
    readonly deleting: boolean
  }
  /** No pod can be made there any more. */
  readonly namespaceTerminating: boolean
  /** All that are known, the old ones too. The first one is the newest. */
  readonly revisions: readonly RevisionInput[]
  /** Every pod of the cache that says it is of this agent, ours or not. */
  readonly pods: readonly ObservedPod[]
  /** By uid of the pod; a pod without an entry is unknown. */
  readonly loads: ReadonlyMap<string, LoadSeen>
  /** By name, of the whole cluster. */
  readonly nodes: ReadonlyMap<string, ObservedNode>
  /** Creates by name and deletes by uid whose outcome the cache has not shown. */
  readonly awaited: { readonly creates: readonly AwaitedCreate[]; readonly deletes: readonly string[] }
  /** When this process became the leader: nothing is scaled down before a full stable window. */
  readonly leaderSince: Ms
  /** How calls end: `spec.drain` of the agent, resolved. */
  readonly drain: { readonly deadlineMs: Ms; readonly end: FinalAction }
  /** Longest a call may last, `limits.call.max` of all its revisions. */
  readonly callLimitMs: Ms
  /** Pods that may be under replacement at a time because Switchboard itself changed: what the fleet-wide budget leaves to this agent. */
  readonly replacements: number
  readonly policy: FleetPolicy
  readonly memory: FleetMemory
  /** Makes the random part of a pod's name. */
  readonly suffix: () => string
}

export interface AwaitedCreate {
  readonly name: string
  readonly revision: string
}

/** Something that stands in the way, for a condition: one word, and a sentence that a person can act on. */
export interface Problem {
  readonly reason: ProblemReason
  readonly message: string
  /** Pods that have it; 0 when it is not about pods. */
  readonly pods: number
}

export type ProblemReason =
  | 'ImagePullFailed'
  | 'ContainerConfigWrong'
  | 'CrashLooping'
  | 'NotReady'
  | 'Unschedulable'
  | 'NodeLost'
  | 'NodeCutOff'
  | 'Evicted'
  | 'Preempted'
  | 'PodFailed'
  | 'PodDeleted'
  | 'StuckTerminating'
  | 'LoadUnknown'
  | 'HandEdited'
  | 'ForgedPods'
  | 'BackingOff'
  | 'QuotaExceeded'
  | 'PodSecurity'
  | 'Forbidden'
  | 'NamespaceTerminating'
  | 'Refused'

/** How a revision's pods do, for status. */
export interface RevisionOutcome {
  readonly name: string
  readonly wanted: number
  /** Pods there are, draining ones too, and those that are about to be. Never foreign ones. */
  readonly pods: number
  /** Serving: Ready, not draining, and heard of or trusted to be. */
  readonly ready: number
  readonly starting: number
  readonly draining: number
  readonly unknown: number
  /** Calls now; unknown pods with what they last said. */
  readonly calls: number
  readonly slots: number
  /** Of draining pods: the age of the oldest call, and when the last of them is forced. */
  readonly drain: null | { readonly calls: number; readonly longestMs: Ms; readonly forcedAt: Ms }
  readonly problems: readonly Problem[]
}

/** A pod that may be spoken to. */
export interface Reachable {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly revision: string
  readonly address: string
}

export interface FleetPlan {
  /** In the order in which they must be done; one that fails does not stop those that do not need it. */
  readonly steps: readonly PlanStep[]
  readonly revisions: readonly RevisionOutcome[]
  /** Those that belong to no revision. */
  readonly problems: readonly Problem[]
  /** Whose load shall be followed: everything of ours that runs. */
  readonly follow: readonly Reachable[]
  /** Who shall be given its revision (`PUT /v1/revisions`), and nobody else. */
  readonly serve: readonly Reachable[]
  /** Pods under replacement because Switchboard changed: what is taken from the budget. */
  readonly replacing: number
  /** To be given to the next plan of this agent. */
  readonly memory: FleetMemory
  /** Plan again then, if nothing happens before; null: only when something happens. */
  readonly againAt: Ms | null
  /** Nothing of ours is left: a finalizer may go. */
  readonly empty: boolean
}
