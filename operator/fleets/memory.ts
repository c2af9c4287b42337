/**
 * What the planner remembers between two plans of an agent. It is a plain value and lives with the process: after a restart it is empty,
 * which costs patience (things are waited for again), never a call.
 */
import type { Problem } from './fleet.ts'
import type { Ms } from './observed-pod.ts'

export interface FleetMemory {
  /** Pods of the last plan, by uid. One that vanished without us is a loss. */
  readonly pods: Readonly<Record<string, PodMemory>>
  /** By revision: failures in a row. */
  readonly failures: Readonly<Record<string, Failures>>
  /** Since when a node that pods are on is not among the nodes. */
  readonly absentNodes: Readonly<Record<string, Ms>>
  /** By revision: why the API server refused the last create. */
  readonly refusals: Readonly<Record<string, Problem>>
}

export interface PodMemory {
  readonly revision: string
  /** When it was first seen. */
  readonly seenAt: Ms
  /** It failed, or somebody else took it away: counted once. */
  readonly lost: boolean
  /** We asked for its delete. */
  readonly asked: boolean
  /** The drain we asked for. It cannot be taken back, so the pod counts as draining from then on. */
  readonly drain: null | { readonly deadline: Ms; readonly sentAt: Ms; readonly sends: number }
  /** Since when it has had no call. */
  readonly emptySince: Ms | null
  /** When its autoscaler marks were last written. */
  readonly markedAt: Ms | null
}

export interface Failures {
  readonly inARow: number
  /** When the last round of them began: what fails together counts as one. */
  readonly lastAt: Ms
  /** What it was, for a sentence. */
  readonly what: string
}

export const NO_MEMORY: FleetMemory = { pods: {}, failures: {}, absentNodes: {}, refusals: {} }
