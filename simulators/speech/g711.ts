/**
 * G.711 for simulators (ITU-T G.711). A copy of our own beside the worker's, on purpose: a fault in the worker's tables must not cancel
 * itself out in what judges it.
 */

const BIAS = 0x84
const CLIP = 32_635

/** One 16-bit sample as µ-law. */
export function toUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS
  const exponent = Math.max(0, 31 - Math.clz32(magnitude >> 7))
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}

/** One µ-law byte as a 16-bit sample. */
export function fromUlaw(byte: number): number {
  const u = ~byte & 0xff
  const magnitude = ((((u & 0x0f) << 3) + BIAS) << ((u >> 4) & 7)) - BIAS
  return u & 0x80 ? 0 - magnitude : magnitude
}

/** One 16-bit sample as A-law. */
export function toAlaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80
  const magnitude = Math.min(32_767, sample < 0 ? -sample - 1 : sample) >> 3
  const exponent = magnitude < 32 ? 0 : 31 - Math.clz32(magnitude >> 4)
  const mantissa = exponent < 2 ? (magnitude >> 1) & 0x0f : (magnitude >> exponent) & 0x0f
  return (sign | (exponent << 4) | mantissa) ^ 0x55
}

/** One A-law byte as a 16-bit sample. */
export function fromAlaw(byte: number): number {
  const a = byte ^ 0x55
  const exponent = (a >> 4) & 7
  const mantissa = ((a & 0x0f) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return a & 0x80 ? magnitude : -magnitude
}

export type LawName = 'ulaw' | 'alaw'

const ULAW = Int16Array.from({ length: 256 }, (_, i) => fromUlaw(i))
const ALAW = Int16Array.from({ length: 256 }, (_, i) => fromAlaw(i))

/** Samples of G.711 audio. */
export function expand(law: LawName, bytes: Uint8Array): Int16Array {
  const table = law === 'ulaw' ? ULAW : ALAW
  const out = new Int16Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i] ?? 0] ?? 0
  return out
}

/** G.711 audio of samples. */
export function compress(law: LawName, samples: Int16Array): Uint8Array {
  const encode = law === 'ulaw' ? toUlaw : toAlaw
  const out = new Uint8Array(samples.length)
  for (let i = 0; i < samples.length; i++) out[i] = encode(samples[i] ?? 0)
  return out
}
