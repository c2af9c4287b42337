/** What one turn of an agent has found out, and what was planned. */
import type { FleetPlan } from '#operator/fleets/fleet.ts'
import type { DecidedClaim } from '#operator/trunks/claim.ts'
import type { ObservedAgent, ObservedRevision } from './observed.ts'
import type { AgentProblem } from './problem.ts'
import type { Said } from './resolutions.ts'
import type { Rollout } from './rollout.ts'

export interface Turn {
  readonly key: string
  readonly agent: ObservedAgent
  readonly said: Said
  /** Its own, newest of the spec among them. */
  readonly revisions: readonly ObservedRevision[]
  readonly current: ObservedRevision | null
  readonly stable: ObservedRevision | null
  readonly claims: readonly DecidedClaim[]
  readonly rollout: Rollout
  readonly plan: FleetPlan
  readonly problems: readonly AgentProblem[]
}

/** The agent, for an event. */
export function regarding({ namespace, name, uid }: ObservedAgent) {
  return { apiVersion: 'switchboard.dev/v1alpha1', kind: 'VoiceAgent', namespace, name, uid }
}
