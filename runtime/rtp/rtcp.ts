import { readUint32 } from './header.ts'

/** RTCP packet types, RFC 3550 §12.1. */
export const RTCP_SR = 200
export const RTCP_RR = 201
export const RTCP_SDES = 202
export const RTCP_BYE = 203

/** RFC 3550 §6.4.1: what somebody says of the stream of `ssrc`. */
export interface ReportBlock {
  readonly ssrc: number
  /** 0..255 of 256 since the block before. */
  readonly fractionLost: number
  /** Signed 24 bits. */
  readonly cumulativeLost: number
  readonly extendedHighest: number
  /** Timestamp units. */
  readonly jitter: number
  /** Middle 32 bits of the NTP time of the last sender report; 0: none yet. */
  readonly lastSenderReport: number
  /** 1/65536 s. */
  readonly delaySince: number
}

export interface SenderInfo {
  /** Middle 32 bits of the NTP time: what comes back as LSR. */
  readonly ntpMiddle: number
  readonly timestamp: number
  readonly packets: number
  readonly octets: number
}

export type RtcpPacket =
  | {
      readonly type: 'report'
      readonly ssrc: number
      readonly sender: SenderInfo | null
      readonly blocks: readonly ReportBlock[]
    }
  | { readonly type: 'sdes'; readonly ssrc: number; readonly cname: string }
  | { readonly type: 'bye'; readonly ssrcs: readonly number[] }

/** A compound is a datagram: more packets than this are nobody's report. */
const MAX_PACKETS = 16

/**
 * The packets of a compound, RFC 3550 §6.1; kinds we do not use are stepped over. Empty when the first `len` bytes of `buf` are no
 * compound that passes A.2 (version 2, begins with SR or RR, lengths add up). A lone RR or SR is taken too (RFC 5506).
 */
export function parseRtcp(buf: Uint8Array, len: number): readonly RtcpPacket[] {
  if (len > buf.length || len < 8 || (buf[1] !== RTCP_SR && buf[1] !== RTCP_RR)) return []
  const packets: RtcpPacket[] = []
  for (let at = 0; at < len; ) {
    if (at + 4 > len || buf[at]! >> 6 !== 2 || packets.length === MAX_PACKETS) return []
    const end = at + 4 + ((buf[at + 2]! << 8) | buf[at + 3]!) * 4
    if (end > len) return []
    const padding = buf[at]! & 0x20 ? buf[end - 1]! : 0
    const packet = parseOne(buf, at, Math.max(at + 4, end - padding))
    if (packet) packets.push(packet)
    at = end
  }
  return packets
}

function parseOne(buf: Uint8Array, at: number, end: number): RtcpPacket | null {
  const count = buf[at]! & 0x1f
  switch (buf[at + 1]!) {
    case RTCP_SR:
      return at + 28 <= end ? report(buf, at, end, count, sender(buf, at + 8), at + 28) : null
    case RTCP_RR:
      return at + 8 <= end ? report(buf, at, end, count, null, at + 8) : null
    case RTCP_SDES:
      return count > 0 && at + 8 <= end
        ? { type: 'sdes', ssrc: readUint32(buf, at + 4), cname: cnameOf(buf, at + 8, end) }
        : null
    case RTCP_BYE: {
      const ssrcs: number[] = []
      for (let i = 0; i < count && at + 8 + i * 4 <= end; i++) ssrcs.push(readUint32(buf, at + 4 + i * 4))
      return { type: 'bye', ssrcs }
    }
    default:
      return null
  }
}

function sender(buf: Uint8Array, at: number): SenderInfo {
  return {
    ntpMiddle: ((readUint32(buf, at) << 16) | (readUint32(buf, at + 4) >>> 16)) >>> 0,
    timestamp: readUint32(buf, at + 8),
    packets: readUint32(buf, at + 12),
    octets: readUint32(buf, at + 16),
  }
}

function report(
  buf: Uint8Array,
  at: number,
  end: number,
  count: number,
  info: SenderInfo | null,
  first: number,
): RtcpPacket {
  const blocks: ReportBlock[] = []
  for (let i = 0, b = first; i < count && b + 24 <= end; i++, b += 24) {
    blocks.push({
      ssrc: readUint32(buf, b),
      fractionLost: buf[b + 4]!,
      cumulativeLost: (readUint32(buf, b + 4) << 8) >> 8,
      extendedHighest: readUint32(buf, b + 8),
      jitter: readUint32(buf, b + 12),
      lastSenderReport: readUint32(buf, b + 16),
      delaySince: readUint32(buf, b + 20),
    })
  }
  return { type: 'report', ssrc: readUint32(buf, at + 4), sender: info, blocks }
}

/** The CNAME of the first chunk; '' when there is none. */
function cnameOf(buf: Uint8Array, first: number, end: number): string {
  for (let at = first; at + 2 <= end && buf[at] !== 0; at += 2 + buf[at + 1]!) {
    const stop = at + 2 + buf[at + 1]!
    if (buf[at] === 1 && stop <= end) return String.fromCharCode(...buf.subarray(at + 2, stop))
  }
  return ''
}
