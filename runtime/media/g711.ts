/**
 * G.711 as tables (ITU-T G.711, 1988: tables 1a/1b A-law, 2a/2b µ-law), linear values scaled to 16 bits. Bytes are as on the wire: µ-law
 * inverted, A-law with even bits inverted.
 */
import type { Law } from './format.ts'

/** µ-law zero; what silence is made of in PCMU. */
export const ULAW_SILENCE = 0xff
/** The smallest positive A-law value: A-law has no zero. */
export const ALAW_SILENCE = 0xd5

export const ULAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => decodeUlaw(code))
export const ALAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => decodeAlaw(code))

/** Indexed by `sample & 0xffff`. */
export const LINEAR_TO_ULAW: Uint8Array = encodeTable(encodeUlaw)
/** Indexed by `sample & 0xffff`. */
export const LINEAR_TO_ALAW: Uint8Array = encodeTable(encodeAlaw)

export const ULAW_TO_ALAW: Uint8Array = Uint8Array.from(ULAW_TO_LINEAR, s => LINEAR_TO_ALAW[s & 0xffff]!)
export const ALAW_TO_ULAW: Uint8Array = Uint8Array.from(ALAW_TO_LINEAR, s => LINEAR_TO_ULAW[s & 0xffff]!)
const SAME: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => code)

export function silenceOf(law: Law): number {
  return law === 'PCMU' ? ULAW_SILENCE : ALAW_SILENCE
}

/** 256 linear values by code. */
export function decoderOf(law: Law): Int16Array {
  return law === 'PCMU' ? ULAW_TO_LINEAR : ALAW_TO_LINEAR
}

const ULAW_SQUARES = Float64Array.from(ULAW_TO_LINEAR, s => s * s)
const ALAW_SQUARES = Float64Array.from(ALAW_TO_LINEAR, s => s * s)

/** Energy of a sample by its code. */
export function squaresOf(law: Law): Float64Array {
  return law === 'PCMU' ? ULAW_SQUARES : ALAW_SQUARES
}

/** 65,536 codes by `sample & 0xffff`. */
export function encoderOf(law: Law): Uint8Array {
  return law === 'PCMU' ? LINEAR_TO_ULAW : LINEAR_TO_ALAW
}

/** 256 codes of `to` by code of `from`; the identity when they are the same, so that the hot loop has one shape. */
export function converterOf(from: Law, to: Law): Uint8Array {
  if (from === to) return SAME
  return from === 'PCMU' ? ULAW_TO_ALAW : ALAW_TO_ULAW
}

function decodeUlaw(code: number): number {
  const u = ~code & 0xff
  const magnitude = ((((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4)) - 0x84
  return u & 0x80 ? -magnitude : magnitude
}

function decodeAlaw(code: number): number {
  const a = code ^ 0x55
  const segment = (a & 0x70) >> 4
  const base = ((a & 0x0f) << 4) + 8
  const magnitude = segment === 0 ? base : (base + 0x100) << (segment - 1)
  return a & 0x80 ? magnitude : -magnitude
}

function encodeUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const biased = Math.min(Math.abs(sample), 32_635) + 0x84
  const segment = 24 - Math.clz32(biased)
  return ~(sign | (segment << 4) | ((biased >> (segment + 3)) & 0x0f)) & 0xff
}

function encodeAlaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80
  // Negative magnitudes are one's complement, so that -1..-16 shares a step with its positive mirror 0..15.
  const magnitude = sample < 0 ? ~sample : sample
  const segment = magnitude < 256 ? 0 : 24 - Math.clz32(magnitude)
  const mantissa = segment === 0 ? magnitude >> 4 : (magnitude >> (segment + 3)) & 0x0f
  return (sign | (segment << 4) | mantissa) ^ 0x55
}

function encodeTable(encode: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536)
  for (let i = 0; i < 65_536; i++) table[i] = encode((i << 16) >> 16)
  return table
}
