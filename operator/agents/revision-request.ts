/** What a worker is given so that it answers as a revision. Pure. */
import type { FinalAction } from '#crds/behaviour.ts'
import { canonicalJson, sha256 } from '#crds/canonical.ts'
import type { SipTrunk } from '#crds/sip-trunk.ts'
import type { VoiceAgent } from '#crds/voice-agent.ts'
import type { DecidedClaim } from '#operator/trunks/claim.ts'
import type { Outbound } from '#operator/trunks/outbound-body.ts'
import { trunkBody } from '#operator/trunks/trunk-body.ts'
import type { RevisionRequest } from '#runtime/contract/revision.ts'
import type { Snapshot } from './snapshots.ts'

type Routes = RevisionRequest['routes']

export interface Drain {
  readonly deadlineMs: number
  readonly end: FinalAction
}

/** Numbers that hold, by trunk. */
export function routesOf(
  claims: readonly DecidedClaim[],
  trunkOf: (key: string) => SipTrunk | null,
  inbound: VoiceAgent['spec']['inbound'] = [],
): Routes {
  const variablesOf = (name: string) => inbound.find(way => way.name === name)?.variables
  const byTrunk = Map.groupBy(
    claims.filter(({ standing }) => standing.is === 'held'),
    ({ claim }) => claim.trunk,
  )
  return [...byTrunk]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, held]) => {
      const trunk = trunkOf(key)
      const body = trunk && trunkBody(trunk)
      if (!body) return []
      const numbers = held.map(({ claim: { form, inbound: way } }) => {
        const variables = variablesOf(way)
        return { ...form, ...(variables && { variables }) }
      })
      return [{ trunk: body, numbers }]
    })
}

/** Names a request by what it says beside the snapshot, which never changes: a worker that echoes it needs no other. */
export function requestId(hash: string, routes: Routes, drain: Drain, outbound: Outbound = []): string {
  // without a way out it is what it was before there were any: no worker is told again for that
  const said = { v: 1, hash, routes, drain, ...(outbound.length > 0 && { outbound }) }
  return sha256(canonicalJson(said)).slice(0, 32)
}

export function revisionRequest(
  id: string,
  agent: string,
  { content, clips }: Snapshot,
  routes: Routes,
  drain: Drain,
  outbound: Outbound = [],
): RevisionRequest {
  return {
    v: 1,
    id,
    agent,
    content,
    routes,
    clips: clips ?? {},
    drain,
    ...(outbound.length > 0 && { outbound }),
  }
}
