/** What offer and answer agreed on, as the two ways of the media plane want it. */
import type { InboundCodec } from '#runtime/rtp/inbound.ts'
import type { OutboundCodec, OutboundMode } from '#runtime/rtp/outbound.ts'
import type { MediaDescription } from '#runtime/sip/media-description.ts'

export function inboundCodec(media: MediaDescription): InboundCodec {
  const { receive, law } = media
  // static types always mean what RFC 3551 says: some peers switch law without asking
  const audio = [
    { payloadType: 0, law: 'PCMU' },
    { payloadType: 8, law: 'PCMA' },
    { payloadType: receive.payloadType, law },
  ] as const
  return { audio, eventPayloadType: receive.dtmfPayloadType }
}

export function outboundCodec(media: MediaDescription): OutboundCodec {
  return {
    payloadType: media.payloadType,
    law: media.law,
    ptimeMs: media.ptimeMs,
    eventPayloadType: media.dtmfPayloadType,
  }
}

/** On hold nothing is sent: the peer said that it does not listen (RFC 3264 §6.1), and its address may be 0.0.0.0. */
export function outboundMode(media: MediaDescription): OutboundMode {
  return media.hold || media.direction === 'recvonly' || media.direction === 'inactive' ? 'off' : 'audio'
}
