/**
 * What the planner remembers between two plans of an agent. It is a plain value and lives with the process: after a restart it is empty,
 * which costs patience (things are waited for again), never a call.
 */
import type { Problem } from './fleet.ts'
import type { Ms } from './observed-pod.ts'

export interface FleetMemory {
  /** Drains that were asked for, by pod uid. A drain cannot be taken back, so the pod counts as draining from here on. */
  readonly drains: Readonly<Record<string, DrainAsked>>
  /** By revision: failures in a row. */
  readonly failures: Readonly<Record<string, Failures>>
  /** Pods seen at the last plan by uid, with their revision: one that vanished without us is a loss. */
  readonly seen: Readonly<Record<string, string>>
  /** Since when a node that pods are on is not among the nodes. */
  readonly absentNodes: Readonly<Record<string, Ms>>
  /** By revision: why the API server refused the last create. */
  readonly refusals: Readonly<Record<string, Problem>>
}

export interface DrainAsked {
  readonly id: string
  readonly deadline: Ms
  readonly sentAt: Ms
}

export interface Failures {
  readonly inARow: number
  readonly lastAt: Ms
}

export const NO_MEMORY: FleetMemory = { drains: {}, failures: {}, seen: {}, absentNodes: {}, refusals: {} }
