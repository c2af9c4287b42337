/** A trunk as a worker is told of it: presets resolved into networks. */
import { carrierRanges } from '#crds/carrier-ranges.ts'
import { keyOf } from '#crds/object.ts'
import type { SipTrunk } from '#crds/sip-trunk.ts'
import type { RevisionRequest } from '#runtime/contract/revision.ts'

export type TrunkBody = RevisionRequest['routes'][number]['trunk']

/** Null: its calls do not come over SIP, so no pod has them. */
export function trunkBody(trunk: SipTrunk): TrunkBody | null {
  if (!trunk.spec.sip) return null
  const { peers, codecs, media, headers, dialPlan } = trunk.spec.sip
  return {
    key: keyOf(trunk),
    peers: peers.map(({ preset, cidr, media: own }) => {
      const ranges = preset === undefined ? { signalling: [cidr ?? ''], media: [cidr ?? ''] } : carrierRanges[preset]
      return { signalling: [...ranges.signalling], media: [...(own ?? ranges.media)] }
    }),
    latch: media.latch === 'InRange',
    codecs,
    ...(headers && { headers }),
    ...(dialPlan && { dialPlan }),
  }
}

/** Networks that calls over a trunk come from, for a NetworkPolicy. */
export function networksOf(body: TrunkBody): {
  readonly signalling: readonly string[]
  readonly media: readonly string[]
} {
  const unique = (networks: readonly string[]): string[] => [...new Set(networks)].toSorted()
  return {
    signalling: unique(body.peers.flatMap(peer => peer.signalling)),
    media: unique(body.peers.flatMap(peer => peer.media)),
  }
}
