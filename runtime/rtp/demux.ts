/**
 * Whether a datagram on a port that carries both is RTCP (RFC 5761 §4): version 2 and a second byte of 192..223, which as RTP would be a
 * marker with the payload types 64..95 that nobody may negotiate then.
 */
export function isRtcp(buf: Uint8Array, len: number): boolean {
  if (len < 8) return false
  const type = buf[1]!
  return buf[0]! >> 6 === 2 && type >= 192 && type <= 223
}
