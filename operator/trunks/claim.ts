/** A claim of an agent to numbers of a trunk, and how it stands. */
import type { Span } from '#crds/called-number.ts'
import type { NumberForm } from '#crds/number-form.ts'
import type { VoiceAgent } from '#crds/voice-agent.ts'

/** What of an agent its claims are made of. */
export interface Claimant {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** `creationTimestamp`. */
  readonly createdAt: string
  readonly inbound: NonNullable<VoiceAgent['spec']['inbound']>
}

export interface Claim {
  /** `namespace/name`. */
  readonly agent: string
  readonly namespace: string
  readonly uid: string
  readonly createdAt: string
  /** Name of the entry in `spec.inbound`. */
  readonly inbound: string
  /** `namespace/name`. */
  readonly trunk: string
  readonly form: NumberForm
  readonly span: Span
}

export type Standing =
  | { readonly is: 'held' }
  | { readonly is: 'noTrunk' }
  /** The trunk is there, and nothing on a cluster answers what comes over it. */
  | { readonly is: 'notServed' }
  /** The trunk is of another namespace, and none of its grants is made to this one. */
  | { readonly is: 'notShared' }
  | { readonly is: 'notGranted' }
  /** By the agent with the better claim, `namespace/name`. */
  | { readonly is: 'claimed'; readonly by: string }
  /** Others are in play: `settle` decides. */
  | { readonly is: 'open' }

export interface DecidedClaim {
  readonly claim: Claim
  readonly standing: Standing
}

/** How a trunk's claims stand, in counts and a few conflicts: ten thousand claims do not fit into one status. */
export interface TrunkCounts {
  readonly claims: number
  readonly conflicts: number
  readonly examples: readonly DecidedClaim[]
}
