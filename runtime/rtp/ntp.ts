import type { Ms } from '#runtime/media/format.ts'

/** Seconds from the NTP era (1900) to the Unix epoch (RFC 5905 §6). */
const NTP_UNIX_OFFSET_S = 2_208_988_800

/** The middle 32 bits of an NTP timestamp: units of 1/65536 s, as LSR and DLSR use (RFC 3550 §4). `unixMs` is wall time. */
export function ntpMiddle(unixMs: Ms): number {
  const seconds = unixMs / 1000 + NTP_UNIX_OFFSET_S
  return Math.floor((seconds % 0x1_0000) * 0x1_0000) >>> 0
}

export function ntpSeconds(unixMs: Ms): number {
  return (Math.floor(unixMs / 1000) + NTP_UNIX_OFFSET_S) >>> 0
}

export function ntpFraction(unixMs: Ms): number {
  return Math.floor(((unixMs % 1000) / 1000) * 0x1_0000_0000) >>> 0
}

/**
 * Round trip from a report block about us (RFC 3550 §6.4.1): now − LSR − DLSR. Null when the peer has had no sender report of ours yet
 * (LSR 0), or its numbers make no sense.
 */
export function roundTripMs(nowUnixMs: Ms, lastSenderReport: number, delaySince: number): Ms | null {
  if (lastSenderReport === 0) return null
  const units = (ntpMiddle(nowUnixMs) - lastSenderReport - delaySince) | 0
  // Clocks of 1/65536 s may make it a hair negative on a fast line.
  if (units < -66 || units > 60 * 0x1_0000) return null
  return (Math.max(0, units) * 1000) / 0x1_0000
}
