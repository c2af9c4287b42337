/**
 * On which grant a claim stands, and which of two claims to the same numbers is the better one. The narrowest grant decides whose a number
 * is: who was granted one number cannot lose it to somebody who was granted all that begin alike. Age only breaks ties inside one grant.
 */
import { byNarrowness, type Span, spanOf } from './called-number.ts'
import { selects } from './label-selector.ts'
import type { LabelSelector, SipTrunk } from './sip-trunk.ts'

export interface Grant {
  /** Its place in the trunk's list. */
  readonly at: number
  readonly span: Span
  readonly namespaces: LabelSelector | undefined
}

/** What makes a claim better or worse than another. */
export interface Right {
  readonly grant: Grant
  /** `creationTimestamp` of the agent; empty when it is in no cluster. */
  readonly createdAt: string
  /** `namespace/name` of the agent. */
  readonly agent: string
  readonly uid: string
}

type Labels = Readonly<Record<string, string>>

export function grantsOf(trunk: SipTrunk): Grant[] {
  return trunk.spec.numbers.map((grant, at) => ({ at, span: spanOf(grant), namespaces: grant.namespaces }))
}

/** Whether a grant is made to a namespace: without a selector to the trunk's own. Every namespace has its name for a label. */
export function isFor(grant: Grant, trunkNamespace: string, namespace: string, labels: Labels = {}): boolean {
  if (grant.namespaces === undefined) return namespace === trunkNamespace
  return selects(grant.namespaces, { ...labels, 'kubernetes.io/metadata.name': namespace })
}

/**
 * The grant that a claim stands on: of those that cover all of it the narrowest, and of these the first that is made to the namespace.
 *
 * @param covering every grant that covers all of the claim, in any order
 */
export function standingGrant(covering: readonly Grant[], isMade: (grant: Grant) => boolean): Grant | null {
  const [narrowest, ...wider] = covering.toSorted((a, b) => byNarrowness(a.span, b.span) || a.at - b.at)
  if (narrowest === undefined) return null
  const deciding = [narrowest, ...wider.filter(grant => byNarrowness(grant.span, narrowest.span) === 0)]
  return deciding.find(isMade) ?? null
}

/** The better claim first. */
export function byRight(a: Right, b: Right): number {
  const grants = byNarrowness(a.grant.span, b.grant.span) || a.grant.at - b.grant.at
  if (grants !== 0) return grants
  return compare(a.createdAt, b.createdAt) || compare(a.agent, b.agent) || compare(a.uid, b.uid)
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
