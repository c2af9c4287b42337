import { sequenceAdd } from './sequence.ts'

/**
 * The fixed header, RFC 3550 §5.1:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |           synchronization source (SSRC) identifier            |
 * |       contributing source (CSRC) identifiers, 0 to 15         |
 * ```
 *
 * then, with X, an extension (16 bits of profile, 16 bits of length in 32-bit words, the words), the payload, and, with P, padding whose
 * last byte counts it.
 */
export const RTP_HEADER_BYTES = 12

/** A parsed header. One object is reused for every packet: copy what must outlive the call. */
export interface RtpHeader {
  payloadType: number
  marker: boolean
  sequence: number
  timestamp: number
  ssrc: number
  /** Payload is `buf[payloadStart, payloadEnd)`: extension and padding excluded. */
  payloadStart: number
  payloadEnd: number
}

export function newRtpHeader(): RtpHeader {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, payloadStart: 0, payloadEnd: 0 }
}

/** Parses the first `len` bytes of `buf` into `into`. False (and `into` undefined) when it is no RTP packet. */
export function parseRtp(buf: Uint8Array, len: number, into: RtpHeader): boolean {
  if (len < RTP_HEADER_BYTES || len > buf.length) return false
  const b0 = buf[0]!
  if (b0 >> 6 !== 2) return false
  let start = RTP_HEADER_BYTES + (b0 & 0x0f) * 4
  if (b0 & 0x10) {
    if (start + 4 > len) return false
    start += 4 + ((buf[start + 2]! << 8) | buf[start + 3]!) * 4
  }
  let end = len
  if (b0 & 0x20) {
    const padding = buf[len - 1]!
    if (padding === 0) return false
    end -= padding
  }
  if (start > end) return false
  const b1 = buf[1]!
  into.marker = b1 >= 0x80
  into.payloadType = b1 & 0x7f
  into.sequence = (buf[2]! << 8) | buf[3]!
  into.timestamp = readUint32(buf, 4)
  into.ssrc = readUint32(buf, 8)
  into.payloadStart = start
  into.payloadEnd = end
  return true
}

/** Writes a header without CSRC, extension or padding at the start of `out`; returns {@link RTP_HEADER_BYTES}. */
export function writeRtpHeader(
  out: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): number {
  out[0] = 0x80
  out[1] = (marker ? 0x80 : 0) | (payloadType & 0x7f)
  const wrapped = sequenceAdd(sequence, 0)
  out[2] = wrapped >> 8
  out[3] = wrapped & 0xff
  writeUint32(out, 4, timestamp)
  writeUint32(out, 8, ssrc)
  return RTP_HEADER_BYTES
}

/** Big-endian, as everything in RTP and RTCP. */
export function readUint32(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0
}

export function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
}
