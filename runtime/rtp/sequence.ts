/** Arithmetic on numbers that wrap: RTP sequence numbers (16 bits) and timestamps (32 bits). RFC 3550 §5.1, serial arithmetic of RFC 1982. */

/** `a - b` as a signed distance, -32768..32767: positive when `a` is newer. */
export function sequenceDelta(a: number, b: number): number {
  return ((a - b) << 16) >> 16
}

/** `a + n` modulo 2^16. */
export function sequenceAdd(a: number, n: number): number {
  return (a + n) & 0xffff
}

/** `a - b` as a signed distance, -2^31..2^31-1: positive when `a` is newer. */
export function timestampDelta(a: number, b: number): number {
  return (a - b) | 0
}

/** `a + n` modulo 2^32. */
export function timestampAdd(a: number, n: number): number {
  return (a + n) >>> 0
}
