/** From where a call came and whom it called to the agent that answers it. */
import { type Claims, matchNumber, type Route } from './claims.ts'
import { keyOf } from './object.ts'
import type { SipTrunk } from './sip-trunk.ts'
import { type PeerAccess, peerOf, type TrunkAccess, trunkAccess } from './trunk-access.ts'

/** Trunks and claims, made ready to be asked. */
export interface RouteTable {
  readonly claims: Claims
  readonly trunks: readonly { readonly trunk: SipTrunk; readonly access: TrunkAccess }[]
}

export function routeTable(trunks: readonly SipTrunk[], claims: Claims): RouteTable {
  return { claims, trunks: trunks.map(trunk => ({ trunk, access: trunkAccess(trunk) })) }
}

export type CallRoute =
  | { readonly route: Route; readonly peer: PeerAccess; readonly latch: boolean }
  /** `notAPeer` gets no answer, `unknownNumber` a 404. */
  | { readonly refused: 'notAPeer' | 'unknownNumber' }

/**
 * Finds the agent for a call from an address to the user part of the Request-URI. An address may be a peer of several trunks: the first one, by
 * namespace and name, that has the number takes it.
 */
export function routeCall(table: RouteTable, from: string, user: string): CallRoute {
  let isPeer = false
  for (const { trunk, access } of table.trunks.toSorted((a, b) => (keyOf(a.trunk) < keyOf(b.trunk) ? -1 : 1))) {
    const peer = peerOf(access, from)
    if (!peer) continue
    isPeer = true
    const route = matchNumber(table.claims, trunk, user)
    if (route) return { route, peer, latch: access.latch }
  }
  return { refused: isPeer ? 'unknownNumber' : 'notAPeer' }
}
