/** Who may send SIP over a trunk, and where their RTP may come from. */
import { carrierRanges } from './carrier-ranges.ts'
import { type Cidr, contains, parseAddress, parseCidr } from './cidr.ts'
import type { SipTrunk } from './sip-trunk.ts'

/** Networks of one peer of a trunk. */
export interface PeerAccess {
  readonly signalling: readonly Cidr[]
  readonly media: readonly Cidr[]
}

/** What a trunk lets in, with presets resolved; made once per trunk. */
export interface TrunkAccess {
  readonly peers: readonly PeerAccess[]
  /** Whether RTP may be followed to another address than the SDP's, inside the peer's media networks. */
  readonly latch: boolean
}

/** Over a carrier's WebSocket nobody sends us SIP or RTP. */
const NOBODY: TrunkAccess = { peers: [], latch: false }

export function trunkAccess(trunk: SipTrunk): TrunkAccess {
  const { sip } = trunk.spec
  if (!sip) return NOBODY
  const networks = (texts: readonly string[]): Cidr[] => texts.map(parseCidr).filter(n => n !== null)
  return {
    latch: sip.media.latch === 'InRange',
    peers: sip.peers.map(({ preset, cidr, media }) => {
      const ranges = preset === undefined ? { signalling: [cidr ?? ''], media: [cidr ?? ''] } : carrierRanges[preset]
      return { signalling: networks(ranges.signalling), media: networks(media ?? ranges.media) }
    }),
  }
}

/** The peer an address belongs to; null when it may send nothing. */
export function peerOf(access: TrunkAccess, address: string): PeerAccess | null {
  const bytes = parseAddress(address)
  if (!bytes) return null
  return access.peers.find(peer => peer.signalling.some(network => contains(network, bytes))) ?? null
}

/** Whether RTP from an address may belong to a call of this peer. */
export function mediaAllowed(peer: PeerAccess, address: string): boolean {
  const bytes = parseAddress(address)
  return bytes !== null && peer.media.some(network => contains(network, bytes))
}
