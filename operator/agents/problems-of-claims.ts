/** Numbers that an agent claims and does not get. */
import { formText } from '#crds/called-number.ts'
import type { Claim, DecidedClaim, Standing } from '#operator/trunks/claim.ts'
import { type AgentProblem, type AgentReason, stalling, together } from './problem.ts'

/** One problem per reason, whatever the number of claims. */
export function problemsOfClaims(claims: readonly DecidedClaim[]): AgentProblem[] {
  if (claims.length === 0)
    return [stalling('NoNumbers', 'spec.inbound names no number, so nobody can call it and no pod is made: add one')]
  const said = new Map<AgentReason, string[]>()
  for (const { claim, standing } of claims) {
    const reason = REASON[standing.is]
    if (reason === null) continue
    const sentences = said.get(reason) ?? []
    said.set(reason, sentences)
    sentences.push(sentenceOf(claim, standing))
  }
  return [...said].map(([reason, sentences]) => stalling(reason, together(sentences)))
}

const REASON: Readonly<Record<Standing['is'], AgentReason | null>> = {
  held: null,
  open: null,
  noTrunk: 'TrunkMissing',
  notServed: 'IngressNotServed',
  notShared: 'TrunkNotShared',
  notGranted: 'NumberNotGranted',
  claimed: 'NumberClaimed',
}

function sentenceOf({ trunk, namespace, inbound, form }: Claim, standing: Standing): string {
  const number = formText(form)
  switch (standing.is) {
    case 'noTrunk':
      return `SipTrunk ${trunk} is not there: create it, or correct trunkRef of spec.inbound "${inbound}"`
    case 'notServed':
      return `SipTrunk ${trunk} has ingress: MediaStream, which this version does not answer on a cluster: use a trunk with ingress: Sip, or \`switchboard run\``
    case 'notShared':
      return `SipTrunk ${trunk} is not shared with namespace "${namespace}": its owner must grant a number under spec.numbers with a selector that selects the namespace`
    case 'notGranted':
      return `${number} is not granted to namespace "${namespace}" by SipTrunk ${trunk}: its owner must add it under spec.numbers`
    case 'claimed':
      return `${number} on SipTrunk ${trunk} is claimed by VoiceAgent ${standing.by}, whose claim goes first: take the number out of one of the two`
    case 'held':
    case 'open':
      break
  }
  return ''
}
