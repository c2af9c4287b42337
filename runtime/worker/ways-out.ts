/** Whom a call may be handed to, and how: from what is declared, over which trunk the caller came, and what that trunk lets agents dial. */
import type { Behaviour } from '#crds/behaviour.ts'
import { trunkKeyOf } from '#crds/check-destinations.ts'
import { dialRefusal, numberOf } from '#crds/dialled-number.ts'
import { durationMs } from '#crds/duration.ts'
import type { CallPolicy, DestinationPolicy } from '#runtime/call/policy.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { Found, ServedRevision, TrunkEntry } from './agent-directory.ts'

/** The way out of a trunk. */
export interface WayOut {
  readonly trunk: TrunkEntry
  /** Dial: its carrier calls there itself, asked by REST. */
  readonly transfer: 'None' | 'Refer' | 'Bridge' | 'ReferElseBridge' | 'Dial'
  readonly proxy?: {
    readonly host: string
    readonly port: number
    readonly transport: 'Udp' | 'Tcp'
    /** Name of the Secret. */
    readonly credentials?: string | undefined
  }
  readonly callerIds: readonly string[]
  readonly allowedPrefixes: readonly string[]
}

type Destination = NonNullable<Behaviour['destinations']>[number]

function find(revision: ServedRevision, name: string): { destination: Destination; way: WayOut } | null {
  const destination = revision.behaviour.destinations?.find(each => each.name === name)
  const [namespace = ''] = revision.agent.split('/')
  const key = destination && trunkKeyOf(destination.trunkRef, namespace)
  const way = revision.waysOut?.find(each => each.trunk.key === key)
  return destination && way ? { destination, way } : null
}

/** The policy of one call: of its destinations those that can be reached in it. `legTransfers`: what the caller's leg can carry out by itself; `joins`: it can be joined with another. */
export function policyOfCall(
  revision: ServedRevision,
  policy: CallPolicy,
  trunk: string,
  legTransfers: 'refer' | 'rest' | 'none',
  joins: boolean,
): CallPolicy {
  if (policy.destinations === undefined) return policy
  const destinations = policy.destinations.flatMap((each): DestinationPolicy[] => {
    const ways = waysTo(revision, each.name, trunk, legTransfers).filter(way => joins || way !== 'bridge')
    // a carrier says how it went when it has rung for as long as it may
    const newsMs = legTransfers === 'rest' ? { newsMs: each.ringMs + REST_SLACK_MS } : {}
    return ways.length === 0 ? [] : [{ ...each, ways, ...newsMs }]
  })
  return { ...policy, destinations }
}

/** In the order in which they are tried. None for whom no agent may dial, whatever was let through before. */
function waysTo(
  revision: ServedRevision,
  name: string,
  trunk: string,
  legTransfers: 'refer' | 'rest' | 'none',
): DestinationPolicy['ways'] {
  const found = find(revision, name)
  if (found === null || refused(found.destination, found.way)) return []
  const { transfer, proxy, trunk: out } = found.way
  const refers = transfer === 'Refer' || transfer === 'ReferElseBridge'
  const asks = out.key === trunk && (legTransfers === 'refer' ? refers : legTransfers === 'rest' && transfer === 'Dial')
  const calls = proxy !== undefined && (transfer === 'Bridge' || transfer === 'ReferElseBridge')
  return [...(asks ? (['transfer'] as const) : []), ...(calls ? (['bridge'] as const) : [])]
}

/** A carrier's two requests to us, there and back. */
const REST_SLACK_MS: Ms = 10_000

const refused = ({ to }: Destination, { allowedPrefixes, proxy }: WayOut): boolean =>
  dialRefusal(to, { allowedPrefixes, host: proxy?.host }) !== null

/** A call to be made. */
export interface Outgoing {
  readonly way: WayOut & { readonly proxy: NonNullable<WayOut['proxy']> }
  readonly to: string
  readonly from: string
  readonly callerId: string
}

/** How a destination is called by a leg of ours; null: it is not. */
export function outgoingTo({ revision }: Pick<Found, 'revision'>, called: string, name: string): Outgoing | null {
  const found = find(revision, name)
  if (found === null || refused(found.destination, found.way)) return null
  const { way, destination } = found
  if (way.proxy === undefined) return null
  const callerId = way.callerIds.find(each => each === called) ?? way.callerIds[0] ?? ''
  return {
    way: { ...way, proxy: way.proxy },
    to: addressAt(destination, hostOf(way.proxy)),
    from: `sip:${callerId}@${way.proxy.host}`,
    callerId,
  }
}

/** Whom the peer of the caller's leg is asked to call; null: it is not asked. `peer`: where it is itself. */
export function referTo(
  { revision, trunk }: Pick<Found, 'revision' | 'trunk'>,
  peer: string,
  called: string,
  name: string,
): { to: string; by: string } | null {
  const found = find(revision, name)
  if (found === null || refused(found.destination, found.way) || found.way.trunk.key !== trunk.key) return null
  const { way, destination } = found
  const host = way.proxy === undefined ? peer : hostOf(way.proxy)
  return { to: addressAt(destination, host), by: `sip:${called}@${way.proxy?.host ?? peer}` }
}

/** Whom the carrier of the caller's leg is asked to call; null: nobody. */
export interface CarrierDial {
  readonly number: string
  readonly callerId: string
  readonly ringMs: Ms
  readonly ringback: Destination['ringback']
}

export function carrierDial(
  { revision, trunk }: Pick<Found, 'revision' | 'trunk'>,
  called: string,
  name: string,
): CarrierDial | null {
  const found = find(revision, name)
  if (found === null || refused(found.destination, found.way)) return null
  const { way, destination } = found
  const { number } = destination.to
  const callerId = way.callerIds.find(each => each === called) ?? way.callerIds[0]
  if (way.trunk.key !== trunk.key || way.transfer !== 'Dial' || number?.startsWith('+') !== true || !callerId)
    return null
  return { number, callerId, ringMs: durationMs(destination.ring), ringback: destination.ringback }
}

const hostOf = ({ host, port }: NonNullable<WayOut['proxy']>): string => (port === 5060 ? host : `${host}:${port}`)

function addressAt({ to }: Destination, host: string): string {
  return (
    to.uri ??
    `sip:${encodeURIComponent(numberOf(to) ?? '')
      .replaceAll('%2B', '+')
      .replaceAll('%2A', '*')}@${host}`
  )
}
