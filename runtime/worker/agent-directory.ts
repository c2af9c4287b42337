/** Which agent answers a number here, and who may call it: called number → revision, by the trunk the call came over. */
import type { Behaviour } from '#crds/behaviour.ts'
import { byNarrowness, calledForms, covers, type Span } from '#crds/called-number.ts'
import { credentialRefs } from '#crds/models.ts'
import type { DialPlan } from '#crds/sip-trunk.ts'
import { type PeerAccess, peerOf, type TrunkAccess } from '#crds/trunk-access.ts'
import type { CallPolicy } from '#runtime/call/policy.ts'
import type { Law, Ms } from '#runtime/media/format.ts'
import { now } from './clock.ts'
import type { WayOut } from './ways-out.ts'

/** A revision that this worker answers as. */
export interface ServedRevision {
  /** `namespace/name`. */
  readonly agent: string
  readonly name: string
  readonly behaviour: Behaviour
  readonly policy: CallPolicy
  /** Over which trunks its destinations are reached. */
  readonly waysOut?: readonly WayOut[]
  /** Of the request that brought it. */
  readonly requestId?: string
  /** How long its calls may last after a stop signal, in ms; absent: as the worker's settings say. */
  readonly drainDeadlineMs?: number
}

export interface TrunkEntry {
  /** `namespace/name`. */
  readonly key: string
  readonly access: TrunkAccess
  /** Best first. */
  readonly laws: readonly Law[]
  readonly dialPlan?: DialPlan
  /** Of an INVITE, what agents may read. */
  readonly headers?: readonly string[]
}

export interface RouteEntry {
  readonly trunk: TrunkEntry
  readonly span: Span
  /** Of the agent's variables, those that are other than usual for this number. */
  readonly variables?: Readonly<Record<string, string>>
}

export interface Found {
  readonly revision: ServedRevision
  readonly trunk: TrunkEntry
  readonly peer: PeerAccess
  readonly variables?: Readonly<Record<string, string>>
}

/** For so long after a call its peer may still repeat what it said last (64*T1, RFC 3261 §17). */
const LAST_WORDS_MS = 32_000
/** Of a trunk without SIP. */
const NOBODY: PeerAccess = { signalling: [], media: [] }
/** Addresses remembered as peers or not; the answer is asked for with every packet. */
const MAX_REMEMBERED = 4096

export class AgentDirectory {
  readonly #routes = new Map<string, { revision: ServedRevision; routes: readonly RouteEntry[] }>()
  readonly #peers = new Map<string, boolean>()
  /** Trunks of calls: those there are, and until when the peers of the last one may speak. */
  readonly #held = new Map<TrunkEntry, { calls: number; until: Ms }>()
  #letGoAt: Ms = Number.POSITIVE_INFINITY
  readonly #now: () => Ms
  #ordered: { revision: ServedRevision; route: RouteEntry }[] = []

  constructor(clock: () => Ms = now) {
    this.#now = clock
  }

  /** Serves this revision of its agent instead of an earlier one. Peers that only the earlier one has may go on with their calls, no more. */
  put(revision: ServedRevision, routes: readonly RouteEntry[]): void {
    this.#routes.set(revision.agent, { revision, routes })
    this.#ordered = [...this.#routes.values()]
      .flatMap(entry => entry.routes.map(route => ({ revision: entry.revision, route })))
      .sort((a, b) => byNarrowness(a.route.span, b.route.span))
    this.#peers.clear()
  }

  get revisions(): ServedRevision[] {
    return [...this.#routes.values()].map(entry => entry.revision)
  }

  /** The credentials that revisions name, each once. */
  get secrets(): { name: string; key: string }[] {
    const refs = this.revisions.flatMap(({ behaviour }) => credentialRefs(behaviour).map(({ ref }) => ref))
    return [...new Map(refs.map(({ name, key }) => [`${name}/${key}`, { name, key }])).values()]
  }

  get routes(): readonly { revision: ServedRevision; route: RouteEntry }[] {
    return this.#ordered
  }

  /** A call came over this trunk: its peers may speak to us until it is over, whatever is served by then. Returns what ends that, idempotent. */
  hold(trunk: TrunkEntry): () => void {
    // its peers may be strangers so far
    if (!this.#held.has(trunk)) this.#peers.clear()
    const held = this.#held.get(trunk) ?? { calls: 0, until: Number.POSITIVE_INFINITY }
    held.calls += 1
    held.until = Number.POSITIVE_INFINITY
    this.#held.set(trunk, held)
    let over = false
    return () => {
      if (over) return
      over = true
      held.calls -= 1
      if (held.calls > 0) return
      held.until = this.#now() + LAST_WORDS_MS
      this.#letGoAt = Math.min(this.#letGoAt, held.until)
    }
  }

  /** Whether an address may speak to us at all. */
  isPeer(address: string): boolean {
    if (this.#now() >= this.#letGoAt) this.#letGo()
    let known = this.#peers.get(address)
    if (known === undefined) {
      if (this.#peers.size >= MAX_REMEMBERED) this.#peers.clear()
      known =
        this.#ordered.some(({ route }) => peerOf(route.trunk.access, address) !== null) ||
        [...this.#held.keys()].some(trunk => peerOf(trunk.access, address) !== null)
      this.#peers.set(address, known)
    }
    return known
  }

  #letGo(): void {
    const now = this.#now()
    this.#letGoAt = Number.POSITIVE_INFINITY
    for (const [trunk, { until }] of this.#held) {
      if (until <= now) this.#held.delete(trunk)
      else this.#letGoAt = Math.min(this.#letGoAt, until)
    }
    this.#peers.clear()
  }

  /** The agent for a number that a carrier names, over a trunk that is known by other means than an address. */
  findOn(trunk: string, number: string): Found | null {
    const found = this.#ordered.find(({ route }) => route.trunk.key === trunk && covers(route.span, number))
    return found ? { revision: found.revision, trunk: found.route.trunk, peer: NOBODY } : null
  }

  /** The agent for a called SIP user from an address: the most literal reading that is claimed, by its narrowest claim. */
  find(address: string, user: string): Found | null {
    const trunks = new Map<TrunkEntry, PeerAccess>()
    for (const { route } of this.#ordered) {
      const peer = trunks.has(route.trunk) ? null : peerOf(route.trunk.access, address)
      if (peer) trunks.set(route.trunk, peer)
    }
    // by name, so that every worker and gateway says the same
    for (const [trunk, peer] of [...trunks].sort(([a], [b]) => (a.key < b.key ? -1 : 1))) {
      for (const called of calledForms(user, trunk.dialPlan)) {
        const found = this.#ordered.find(({ route }) => route.trunk === trunk && covers(route.span, called))
        const { variables } = found?.route ?? {}
        if (found) return { revision: found.revision, trunk, peer, ...(variables && { variables }) }
      }
    }
    return null
  }
}
