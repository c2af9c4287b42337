import { describe, expect, it } from 'vitest'
import {
  ALAW_TO_LINEAR,
  ALAW_TO_ULAW,
  converterOf,
  decoderOf,
  encoderOf,
  LINEAR_TO_ALAW,
  LINEAR_TO_ULAW,
  ULAW_TO_ALAW,
  ULAW_TO_LINEAR,
} from './g711.ts'

describe('G.711', () => {
  // ITU-T G.711 table 2a, decoder output y0..y127 at the ends of the segments, times 4 for 16 bits.
  it.each([
    [0x80, 8031],
    [0x8f, 4191],
    [0x90, 3999],
    [0x9f, 2079],
    [0xa0, 1983],
    [0xaf, 1023],
    [0xb0, 975],
    [0xbf, 495],
    [0xc0, 471],
    [0xcf, 231],
    [0xd0, 219],
    [0xdf, 99],
    [0xe0, 93],
    [0xef, 33],
    [0xf0, 30],
    [0xfe, 2],
    [0xff, 0],
  ])('decodes µ-law %i to the published value %i', (code, value) => {
    expect(ULAW_TO_LINEAR[code]).toBe(value * 4)
    expect(ULAW_TO_LINEAR[code & 0x7f]).toBe(value === 0 ? 0 : -value * 4)
  })

  // ITU-T G.711 table 1a, decoder output y1..y128 by character signal before the inversion of even bits, times 8 for 16 bits.
  it.each([
    [0xff, 4032],
    [0xf0, 2112],
    [0xe0, 1056],
    [0xd0, 528],
    [0xc0, 264],
    [0xb0, 132],
    [0xa0, 66],
    [0x90, 33],
    [0x8f, 31],
    [0x80, 1],
  ])('decodes A-law character %i to the published value %i', (character, value) => {
    expect(ALAW_TO_LINEAR[character ^ 0x55]).toBe(value * 8)
    expect(ALAW_TO_LINEAR[(character & 0x7f) ^ 0x55]).toBe(-value * 8)
  })

  it('encodes every decoded value back to its code, but for the second zero of µ-law', () => {
    for (let code = 0; code < 256; code++) {
      expect(LINEAR_TO_ULAW[ULAW_TO_LINEAR[code]! & 0xffff]).toBe(code === 0x7f ? 0xff : code)
      expect(LINEAR_TO_ALAW[ALAW_TO_LINEAR[code]! & 0xffff]).toBe(code)
    }
  })

  // Decision values at which the segments begin (tables 1a and 2a), and the decoder outputs on either side.
  it.each([
    ['PCMU', 4, 1, 0, 2],
    ['PCMU', 4, 31, 30, 33],
    ['PCMU', 4, 95, 93, 99],
    ['PCMU', 4, 223, 219, 231],
    ['PCMU', 4, 479, 471, 495],
    ['PCMU', 4, 991, 975, 1023],
    ['PCMU', 4, 2015, 1983, 2079],
    ['PCMU', 4, 4063, 3999, 4191],
    ['PCMA', 8, 2, 1, 3],
    ['PCMA', 8, 64, 63, 66],
    ['PCMA', 8, 128, 126, 132],
    ['PCMA', 8, 256, 252, 264],
    ['PCMA', 8, 512, 504, 528],
    ['PCMA', 8, 1024, 1008, 1056],
    ['PCMA', 8, 2048, 2016, 2112],
  ] as const)('encodes %s: at %i times %i from %i to %i', (law, scale, at, below, above) => {
    const decode = decoderOf(law)
    const encode = encoderOf(law)
    expect(decode[encode[at * scale - 1]!]).toBe(below * scale)
    expect(decode[encode[at * scale]!]).toBe(above * scale)
  })

  it.each(['PCMU', 'PCMA'] as const)('encodes %s monotonous over all samples', law => {
    const decode = decoderOf(law)
    const encode = encoderOf(law)
    let falls = 0
    for (let s = -32_767; s < 32_768; s++)
      if (decode[encode[s & 0xffff]!]! < decode[encode[(s - 1) & 0xffff]!]!) falls++
    expect(falls).toBe(0)
  })

  it('converts between the laws within one step, and leaves the same law untouched', () => {
    for (let code = 0; code < 256; code++) {
      const sample = ULAW_TO_LINEAR[code]!
      expect(Math.abs(ALAW_TO_LINEAR[ULAW_TO_ALAW[code]!]! - sample)).toBeLessThanOrEqual(
        Math.max(8, Math.abs(sample) / 16),
      )
      const other = ALAW_TO_LINEAR[code]!
      expect(Math.abs(ULAW_TO_LINEAR[ALAW_TO_ULAW[code]!]! - other)).toBeLessThanOrEqual(
        Math.max(8, Math.abs(other) / 16),
      )
      expect(converterOf('PCMA', 'PCMA')[code]).toBe(code)
    }
    expect(converterOf('PCMU', 'PCMA')).toBe(ULAW_TO_ALAW)
  })
})
