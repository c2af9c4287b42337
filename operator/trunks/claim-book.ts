/** Every claim of every agent to every trunk: kept as agents, trunks and namespaces come and go. Pure: no clock, no I/O. */
import { spanOf } from '#crds/called-number.ts'
import type { SipTrunk } from '#crds/sip-trunk.ts'
import type { Claim, Claimant, DecidedClaim, TrunkCounts } from './claim.ts'
import { TrunkClaims } from './trunk-claims.ts'

type Labels = Readonly<Record<string, string>>

export interface Settled {
  /** Agents, `namespace/name`, of whom a claim stands otherwise than before. */
  readonly agents: ReadonlySet<string>
  /** Trunks whose counts may be others. */
  readonly trunks: ReadonlySet<string>
}

export class ClaimBook {
  readonly #trunks = new Map<string, TrunkClaims>()
  readonly #agents = new Map<string, readonly Claim[]>()
  readonly #namespaces = new Map<string, Labels>()
  /** Agents of each namespace that claim anything. */
  readonly #byNamespace = new Map<string, Set<string>>()
  #touchedAgents = new Set<string>()
  #touchedTrunks = new Set<string>()

  /** Whether {@link settle} has something to say. */
  get open(): boolean {
    return this.#touchedTrunks.size > 0 || this.#touchedAgents.size > 0
  }

  /** Whether the next {@link settle} names this agent. */
  isOpen(agent: string): boolean {
    return this.#touchedAgents.has(agent)
  }

  putAgent(agent: Claimant): void {
    const key = `${agent.namespace}/${agent.name}`
    this.removeAgent(key)
    const claims = claimsOf(agent, key)
    if (claims.length === 0) return
    this.#agents.set(key, claims)
    const peers = this.#byNamespace.get(agent.namespace) ?? new Set()
    this.#byNamespace.set(agent.namespace, peers.add(key))
    for (const claim of claims) {
      this.#trunkOf(claim.trunk).add(claim)
      this.#touchedTrunks.add(claim.trunk)
    }
    this.#touchedAgents.add(key)
  }

  /** An agent that is gone, or about to go: its numbers are free. */
  removeAgent(key: string): void {
    for (const claim of this.#agents.get(key) ?? []) {
      this.#trunkOf(claim.trunk).delete(claim)
      this.#touchedTrunks.add(claim.trunk)
    }
    if (this.#agents.delete(key)) this.#touchedAgents.add(key)
    const namespace = key.slice(0, key.indexOf('/'))
    const peers = this.#byNamespace.get(namespace)
    peers?.delete(key)
    if (peers?.size === 0) this.#byNamespace.delete(namespace)
  }

  putTrunk(trunk: SipTrunk): void {
    const key = `${trunk.metadata.namespace}/${trunk.metadata.name}`
    const claims = this.#trunkOf(key)
    claims.put(trunk)
    this.#touchedTrunks.add(key)
    // their claims may stand as before, and come over other networks now
    for (const agent of claims.agents) this.#touchedAgents.add(agent)
  }

  removeTrunk(key: string): void {
    this.#trunks.get(key)?.put(null)
    this.#touchedTrunks.add(key)
  }

  /** It is there, and not understood: nothing is granted anew, and nobody has lost anything yet. */
  doubtTrunk(key: string): void {
    this.#trunkOf(key).putUnread()
    this.#touchedTrunks.add(key)
  }

  /** It is there, and nothing that comes over it is answered on a cluster: nothing is granted. */
  refuseTrunk(key: string): void {
    this.#trunkOf(key).putUnserved()
    this.#touchedTrunks.add(key)
  }

  /** Labels of a namespace; undefined: it is not known. */
  labelsOf(name: string): Labels | undefined {
    return this.#namespaces.get(name)
  }

  /** `null`: the namespace is gone. */
  putNamespace(name: string, labels: Labels | null): void {
    if (labels === null) this.#namespaces.delete(name)
    else this.#namespaces.set(name, labels)
    for (const agent of this.#byNamespace.get(name) ?? [])
      for (const { trunk } of this.#agents.get(agent) ?? []) {
        this.#trunkOf(trunk).doubt()
        this.#touchedTrunks.add(trunk)
      }
  }

  /** Decides what is open, and tells what stands otherwise since the last time. */
  settle(): Settled {
    const agents = this.#touchedAgents
    const trunks = this.#touchedTrunks
    this.#touchedAgents = new Set()
    this.#touchedTrunks = new Set()
    for (const key of trunks) {
      const trunk = this.#trunks.get(key)
      if (trunk === undefined) continue
      for (const agent of trunk.settle()) agents.add(agent)
      if (trunk.idle) this.#trunks.delete(key)
    }
    return { agents, trunks }
  }

  /** How the claims of an agent stand. */
  of(agent: string): DecidedClaim[] {
    return (this.#agents.get(agent) ?? []).map(claim => ({ claim, standing: this.#trunkOf(claim.trunk).of(claim) }))
  }

  trunk(key: string): SipTrunk | null {
    return this.#trunks.get(key)?.trunk ?? null
  }

  counts(trunk: string): TrunkCounts {
    return this.#trunks.get(trunk)?.counts ?? { claims: 0, conflicts: 0, examples: [] }
  }

  #trunkOf(key: string): TrunkClaims {
    let trunk = this.#trunks.get(key)
    if (trunk === undefined) {
      trunk = new TrunkClaims(key, namespace => this.#namespaces.get(namespace))
      this.#trunks.set(key, trunk)
    }
    return trunk
  }
}

function claimsOf(agent: Claimant, key: string): Claim[] {
  const { namespace, uid, createdAt } = agent
  return agent.inbound.flatMap(({ name: inbound, trunkRef, match }) => {
    const trunk = `${trunkRef.namespace ?? namespace}/${trunkRef.name}`
    return match.map(form => ({ agent: key, namespace, uid, createdAt, inbound, trunk, form, span: spanOf(form) }))
  })
}
