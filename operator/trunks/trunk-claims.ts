/**
 * The claims of one trunk. A claim that meets no other is decided at once; where claims meet, the whole trunk is decided anew, by the rules
 * of `crds/grants.ts`, when it is asked to settle.
 */
import { contend, within } from '#crds/called-number.ts'
import { byRight, type Grant, grantsOf, isFor, type Right, standingGrant } from '#crds/grants.ts'
import type { SipTrunk } from '#crds/sip-trunk.ts'
import type { Claim, DecidedClaim, Standing, TrunkCounts } from './claim.ts'
import { SpanIndex } from './span-index.ts'

/** Labels of a namespace; undefined when it is not known. */
export type LabelsOf = (namespace: string) => Readonly<Record<string, string>> | undefined

const HELD: Standing = { is: 'held' }
const OPEN: Standing = { is: 'open' }
const MOST_EXAMPLES = 5

export class TrunkClaims {
  readonly key: string
  readonly #labels: LabelsOf
  readonly #standings = new Map<Claim, Standing>()
  /** Claims that stand on a grant, whoever wins. */
  #standing = new SpanIndex<Claim>()
  #grants: SpanIndex<Grant> | null = null
  #list: readonly Grant[] = []
  #trunk: SipTrunk | null = null
  /** There is one that this version does not understand. */
  #unread = false
  /** There is one, and this version answers nothing that comes over it on a cluster. */
  #unserved = false
  #dirty = false

  constructor(key: string, labels: LabelsOf) {
    this.key = key
    this.#labels = labels
  }

  get trunk(): SipTrunk | null {
    return this.#trunk
  }

  /** Neither a trunk nor a claim. */
  get idle(): boolean {
    return this.#trunk === null && !this.#unread && !this.#unserved && this.#standings.size === 0
  }

  get dirty(): boolean {
    return this.#dirty
  }

  of(claim: Claim): Standing {
    return this.#standings.get(claim) ?? OPEN
  }

  /** Agents with a claim here. */
  get agents(): Set<string> {
    return new Set([...this.#standings.keys()].map(claim => claim.agent))
  }

  get counts(): TrunkCounts {
    const examples: DecidedClaim[] = []
    let claims = 0
    for (const [claim, standing] of this.#standings) {
      if (standing.is === 'held') claims += 1
      else if (examples.length < MOST_EXAMPLES) examples.push({ claim, standing })
    }
    return { claims, conflicts: this.#standings.size - claims, examples }
  }

  put(trunk: SipTrunk | null): void {
    this.#unread = false
    this.#unserved = false
    this.#trunk = trunk
    this.#list = trunk === null ? [] : grantsOf(trunk)
    this.#grants = null
    if (trunk !== null) {
      this.#grants = new SpanIndex()
      for (const grant of this.#list) this.#grants.add(grant.span, grant)
    }
    this.#dirty = true
  }

  /** All its claims are open, until it is understood or gone. */
  putUnread(): void {
    this.put(null)
    this.#unread = true
  }

  /** None of its claims holds, and its agents are told why. */
  putUnserved(): void {
    this.put(null)
    this.#unserved = true
  }

  /** Grants or labels are not what they were. */
  doubt(): void {
    this.#dirty = true
  }

  add(claim: Claim): void {
    const grant = this.#grantFor(claim)
    if ('is' in grant) {
      this.#standings.set(claim, grant)
      return
    }
    const alone = !this.#meets(this.#standing, claim)
    this.#standing.add(claim.span, claim)
    this.#standings.set(claim, alone ? HELD : OPEN)
    if (!alone) this.#dirty = true
  }

  delete(claim: Claim): void {
    this.#standings.delete(claim)
    this.#standing.delete(claim)
    if (this.#meets(this.#standing, claim)) this.#dirty = true
  }

  /** Decides what is open. @returns the agents of claims that stand otherwise than before */
  settle(): Set<string> {
    const changed = new Set<string>()
    if (!this.#dirty) return changed
    this.#dirty = false
    const before = new Map(this.#standings)
    const rights: { readonly claim: Claim; readonly right: Right }[] = []
    this.#standing = new SpanIndex()
    for (const claim of before.keys()) {
      const grant = this.#grantFor(claim)
      if ('is' in grant) this.#standings.set(claim, grant)
      else {
        rights.push({ claim, right: { grant, createdAt: claim.createdAt, agent: claim.agent, uid: claim.uid } })
        this.#standing.add(claim.span, claim)
      }
    }
    const held = new SpanIndex<Claim>()
    for (const { claim } of rights.toSorted((a, b) => byRight(a.right, b.right))) {
      const rival = this.#meets(held, claim)
      if (rival === null) held.add(claim.span, claim)
      this.#standings.set(claim, rival === null ? HELD : { is: 'claimed', by: rival.agent })
    }
    for (const [claim, standing] of this.#standings) {
      const was = before.get(claim)
      if (was === undefined || !same(was, standing)) changed.add(claim.agent)
    }
    return changed
  }

  #meets(index: SpanIndex<Claim>, { span }: Claim): Claim | null {
    for (const near of index.near(span)) if (contend(near.span, span)) return near.value
    return null
  }

  #grantFor({ namespace, span }: Claim): Grant | Standing {
    const trunk = this.#trunk
    if (this.#unread) return OPEN
    if (this.#unserved) return { is: 'notServed' }
    if (trunk === null || this.#grants === null) return { is: 'noTrunk' }
    const labels = this.#labels(namespace)
    const isMade = (grant: Grant): boolean => isFor(grant, trunk.metadata.namespace, namespace, labels)
    const covering = [...this.#grants.near(span)].filter(near => within(near.span, span)).map(near => near.value)
    const grant = standingGrant(covering, isMade)
    if (grant !== null) return grant
    const shared = namespace === trunk.metadata.namespace || this.#list.some(isMade)
    return { is: shared ? 'notGranted' : 'notShared' }
  }
}

function same(a: Standing, b: Standing): boolean {
  return a.is === b.is && (a.is !== 'claimed' || b.is !== 'claimed' || a.by === b.by)
}
