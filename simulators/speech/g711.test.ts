import { expect, test } from 'vitest'
import { compress, expand, fromAlaw, fromUlaw, toAlaw, toUlaw } from './g711.ts'

// ITU-T G.711 tables 1a and 2a: extremes, zero and a middle value of each law.
test.each([
  [0xff, 0],
  [0x7f, 0],
  [0x80, 32_124],
  [0x00, -32_124],
  [0xf0, 120],
  [0x8f, 16_764],
])('µ-law byte %i is %i', (byte, sample) => {
  expect(fromUlaw(byte)).toBe(sample)
})

test.each([
  [0xd5, 8],
  [0x55, -8],
  [0xaa, 32_256],
  [0x2a, -32_256],
])('A-law byte %i is %i', (byte, sample) => {
  expect(fromAlaw(byte)).toBe(sample)
})

test('every byte survives its own law; µ-law has two zeros', () => {
  for (let byte = 0; byte < 256; byte++) {
    expect(toAlaw(fromAlaw(byte))).toBe(byte)
    expect(toUlaw(fromUlaw(byte))).toBe(byte === 0x7f ? 0xff : byte)
  }
})

test('the quantisation error stays below one part in sixteen', () => {
  for (let s = -32_000; s <= 32_000; s += 37) {
    const [back] = expand('ulaw', compress('ulaw', Int16Array.of(s)))
    expect(Math.abs((back ?? 0) - s)).toBeLessThanOrEqual(Math.abs(s) / 16 + 8)
    const [backA] = expand('alaw', compress('alaw', Int16Array.of(s)))
    expect(Math.abs((backA ?? 0) - s)).toBeLessThanOrEqual(Math.abs(s) / 16 + 16)
  }
})
