import type { Law } from '#runtime/media/format.ts'
import type { InboundCodec } from './inbound-port.ts'

/** What a payload is. */
export type PayloadKind = 'none' | Law | 'event' | 'noise'

/** Comfort noise has a static type (RFC 3551 §6): understood whether negotiated or not. */
const CN = 13

/** Kind by payload type, 0..127. */
export function payloadKinds(codec: InboundCodec): readonly PayloadKind[] {
  const kinds: PayloadKind[] = Array.from({ length: 128 }, () => 'none')
  kinds[CN] = 'noise'
  if (codec.noisePayloadType != null) kinds[codec.noisePayloadType & 0x7f] = 'noise'
  if (codec.eventPayloadType != null) kinds[codec.eventPayloadType & 0x7f] = 'event'
  for (const { payloadType, law } of codec.audio) kinds[payloadType & 0x7f] = law
  return kinds
}
