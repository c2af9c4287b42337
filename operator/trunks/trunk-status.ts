/** The status of a trunk: counts of claims and a few conflicts, never a list of them. Pure. */
import { formText } from '#crds/called-number.ts'
import type { SipTrunk } from '#crds/sip-trunk.ts'
import type { DecidedClaim, TrunkCounts } from './claim.ts'

export type TrunkStatus = NonNullable<SipTrunk['status']>
type Condition = NonNullable<TrunkStatus['conditions']>[number]

/** Why nothing of a trunk is granted: only a person changes that. */
export interface TrunkFault {
  readonly reason: 'SpecNotUnderstood' | 'IngressNotServed'
  /** What is wrong, and what to do. */
  readonly message: string
}

/** @param fault null: none */
export function trunkStatus(
  generation: number,
  fault: TrunkFault | null,
  counts: TrunkCounts,
  before: TrunkStatus,
  now: string,
): TrunkStatus {
  const conditions = fault === null ? conditionsOf(counts) : faulty(fault)
  return {
    observedGeneration: generation,
    conditions: conditions.map(said => {
      const old = before.conditions?.find(condition => condition.type === said.type)
      const lastTransitionTime = old?.status === said.status ? old.lastTransitionTime : now
      return { ...said, observedGeneration: generation, lastTransitionTime }
    }),
    claims: counts.claims,
    conflicts: counts.conflicts,
  }
}

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

function conditionsOf({ claims, conflicts, examples }: TrunkCounts): Said[] {
  const hold = `${claims} ${claims === 1 ? 'claim holds' : 'claims hold'}`
  const ready: Said = { type: 'Ready', status: 'True', reason: 'Accepted', message: hold }
  if (conflicts === 0)
    return [ready, { type: 'Conflicts', status: 'False', reason: 'NoConflicts', message: 'no claim is refused' }]
  const more = conflicts - examples.length
  const some = examples.map(sentenceOf).join('; ')
  return [
    { ...ready, message: `${hold}, ${conflicts} ${conflicts === 1 ? 'does' : 'do'} not` },
    {
      type: 'Conflicts',
      status: 'True',
      reason: 'ClaimsRefused',
      message: more > 0 ? `${some}; and ${more} more` : some,
    },
  ]
}

/** Stalled, as kstatus has it: whoever waits for the trunk need not wait. */
function faulty(fault: TrunkFault): Said[] {
  return [
    { type: 'Ready', status: 'False', ...fault },
    { type: 'Stalled', status: 'True', ...fault },
  ]
}

function sentenceOf({ claim, standing }: DecidedClaim): string {
  const what = `VoiceAgent ${claim.agent} claims ${formText(claim.form)}`
  if (standing.is === 'claimed') return `${what}, which is ${standing.by}’s`
  return standing.is === 'open' ? `${what}, which is not decided yet` : `${what}, which its namespace is not granted`
}
