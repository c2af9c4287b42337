import type { Ms } from '#runtime/media/format.ts'
import { writeUint32 } from './header.ts'
import { ntpFraction, ntpSeconds } from './ntp.ts'
import { type ReportBlock, RTCP_BYE, RTCP_RR, RTCP_SDES, RTCP_SR } from './rtcp.ts'

/** What a compound of ours says. */
export interface OwnReport {
  readonly ssrc: number
  /** ASCII, at most 255 bytes (RFC 7022 asks for a random one per call). */
  readonly cname: string
  /** When we have sent since the report before: makes it a sender report. `unixMs` is wall time, `timestamp` the RTP clock then. */
  readonly sender: {
    readonly unixMs: Ms
    readonly timestamp: number
    readonly packets: number
    readonly octets: number
  } | null
  /** About the peer's stream, once there is one. */
  readonly block: ReportBlock | null
  /** Says good-bye (RFC 3550 §6.6). */
  readonly bye?: boolean
}

/** Room that any compound of ours fits in. */
export const RTCP_MAX_BYTES = 400

/** Writes SR or RR, SDES with CNAME, and BYE when asked, into `out` ({@link RTCP_MAX_BYTES}); returns the length. */
export function writeRtcp(out: Uint8Array, own: OwnReport): number {
  const blocks = own.block ? 1 : 0
  let at = header(out, 0, own.sender ? RTCP_SR : RTCP_RR, blocks, own.ssrc)
  if (own.sender) {
    writeUint32(out, at, ntpSeconds(own.sender.unixMs))
    writeUint32(out, at + 4, ntpFraction(own.sender.unixMs))
    writeUint32(out, at + 8, own.sender.timestamp)
    writeUint32(out, at + 12, own.sender.packets)
    writeUint32(out, at + 16, own.sender.octets)
    at += 20
  }
  if (own.block) at = writeBlock(out, at, own.block)
  close(out, 0, at)
  at = sdes(out, at, own)
  if (own.bye) {
    const begin = at
    at = header(out, at, RTCP_BYE, 1, own.ssrc)
    close(out, begin, at)
  }
  return at
}

/**
 * Time to the next report, RFC 3550 §6.2 for two parties: 5 s, spread over half to one and a half of it so that legs do not report in
 * step. `random` is 0..1.
 */
export function rtcpIntervalMs(random: number): Ms {
  return 5000 * (0.5 + random)
}

function writeBlock(out: Uint8Array, at: number, block: ReportBlock): number {
  const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, block.cumulativeLost))
  writeUint32(out, at, block.ssrc)
  writeUint32(out, at + 4, ((block.fractionLost & 0xff) << 24) | (lost & 0xff_ffff))
  writeUint32(out, at + 8, block.extendedHighest)
  writeUint32(out, at + 12, block.jitter)
  writeUint32(out, at + 16, block.lastSenderReport)
  writeUint32(out, at + 20, block.delaySince)
  return at + 24
}

function sdes(out: Uint8Array, begin: number, own: OwnReport): number {
  let at = header(out, begin, RTCP_SDES, 1, own.ssrc)
  const length = Math.min(255, own.cname.length)
  out[at] = 1
  out[at + 1] = length
  for (let i = 0; i < length; i++) out[at + 2 + i] = own.cname.charCodeAt(i) & 0x7f
  at += 2 + length
  // The list of items ends with at least one zero, up to the word's border.
  do out[at++] = 0
  while ((at - begin) % 4 !== 0)
  close(out, begin, at)
  return at
}

function header(out: Uint8Array, at: number, type: number, count: number, ssrc: number): number {
  out[at] = 0x80 | count
  out[at + 1] = type
  writeUint32(out, at + 4, ssrc)
  return at + 8
}

function close(out: Uint8Array, begin: number, end: number): void {
  const words = (end - begin) / 4 - 1
  out[begin + 2] = words >> 8
  out[begin + 3] = words & 0xff
}
