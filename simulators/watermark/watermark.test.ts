import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compress, expand } from '#simulators/speech/g711.ts'
import { chipsOf, FRAME_SAMPLES, SYNC } from './code.ts'
import { decode } from './decode.ts'
import { encode, encodeItem } from './encode.ts'
import { heardOf, lastSampleOf } from './heard.ts'

/** Reproducible noise of the given peak. */
function noise(length: number, peak: number, seed = 1): Int16Array {
  let x = seed
  return Int16Array.from({ length }, () => {
    x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
    return ((x >>> 16) / 0x7fff - 1) * peak
  })
}

function place(audio: Int16Array, at: number, length: number): Int16Array {
  const out = new Int16Array(length)
  out.set(audio.subarray(0, length - at), at)
  return out
}

function mix(a: Int16Array, b: Int16Array): Int16Array {
  return a.map((x, i) => x + (b[i] ?? 0))
}

test('the sync word looks like nothing but itself', () => {
  const twice = [...SYNC, ...SYNC]
  for (let shift = 1; shift < SYNC.length; shift++) {
    const sum = SYNC.reduce((s, chip, i) => s + chip * (twice[i + shift] ?? 0), 0)
    expect(Math.abs(sum)).toBeLessThanOrEqual(16)
  }
})

test('any item and frame is read back, at any alignment', () => {
  const number = fc.integer({ min: 0, max: 0xffff })
  fc.assert(
    fc.property(number, number, fc.integer({ min: 0, max: 500 }), (item, frame, at) => {
      const audio = place(expand('ulaw', encode(item, frame)), at, 900)
      expect(decode(audio)).toEqual([{ sampleIndex: at, item, frame }])
    }),
  )
})

describe.each([
  ['µ-law → A-law', (a: Int16Array) => expand('alaw', compress('alaw', expand('ulaw', compress('ulaw', a))))],
  ['A-law → µ-law', (a: Int16Array) => expand('ulaw', compress('ulaw', expand('alaw', compress('alaw', a))))],
  ['−10 dB', (a: Int16Array) => a.map(x => x * 0.316)],
  [
    '−20 dB, µ-law',
    (a: Int16Array) =>
      expand(
        'ulaw',
        compress(
          'ulaw',
          a.map(x => x * 0.1),
        ),
      ),
  ],
  [
    '−30 dB, A-law',
    (a: Int16Array) =>
      expand(
        'alaw',
        compress(
          'alaw',
          a.map(x => x * 0.0316),
        ),
      ),
  ],
  ['noise at −24 dB of it', (a: Int16Array) => mix(a, noise(a.length, 250))],
  [
    '−20 dB with noise at −16 dB of that',
    (a: Int16Array) =>
      mix(
        a.map(x => x * 0.1),
        noise(a.length, 60),
      ),
  ],
])('after %s', (_, channel) => {
  test('every frame of two items is found where it is', () => {
    const audio = new Int16Array(16_000)
    audio.set(encodeItem(7, 30), 333)
    audio.set(encodeItem(60_000, 40, 100), 333 + 30 * FRAME_SAMPLES + 77)
    const marks = decode(channel(audio))
    expect(marks.filter(m => m.item === 7).map(m => m.frame)).toEqual(Array.from({ length: 30 }, (_, i) => i))
    expect(marks.filter(m => m.item === 60_000).map(m => m.frame)).toEqual(
      Array.from({ length: 40 }, (_, i) => 100 + i),
    )
    expect(marks).toHaveLength(70)
    for (const m of marks) {
      const start = m.item === 7 ? 333 + m.frame * 160 : 333 + 4800 + 77 + (m.frame - 100) * 160
      expect(m.sampleIndex).toBe(start)
    }
  })

  test('a cut in mid-frame is resolved to 2 ms', () => {
    for (const cut of [0, 9, 40, 81, 120, 159]) {
      const whole = encodeItem(9, 12)
      const heard = channel(place(whole.subarray(0, 11 * FRAME_SAMPLES + cut), 200, 4000))
      const result = heardOf(heard, decode(heard), 9)
      expect([11, 12]).toContain(result?.frames)
      expect(Math.abs((result?.endOffset ?? 0) - (11 * FRAME_SAMPLES + cut))).toBeLessThanOrEqual(16)
      expect(
        Math.abs((lastSampleOf(heard, decode(heard), 9) ?? 0) - (200 + 11 * FRAME_SAMPLES + cut)),
      ).toBeLessThanOrEqual(16)
    }
  })
})

test('missing frames are named, and the sliding picks up after a gap that is no whole frame', () => {
  const whole = encodeItem(3, 20)
  const holed = new Int16Array(whole.length - 480 - 33)
  holed.set(whole.subarray(0, 8 * 160))
  holed.set(whole.subarray(11 * 160 + 33), 8 * 160)
  const result = heardOf(holed, decode(holed), 3)
  expect(result?.missing).toEqual([8, 9, 10, 11])
  expect(result?.frames).toBe(16)
})

test('a cut frame that runs into another item is never taken for something else, and hides nothing of it', () => {
  const cuts = fc.integer({ min: 0, max: 12 * FRAME_SAMPLES })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xfffe }), cuts, (item, cut) => {
      const audio = new Int16Array(cut + 3 * FRAME_SAMPLES)
      audio.set(encodeItem(item, 12).subarray(0, cut))
      audio.set(encodeItem(item + 1, 3), cut)
      const marks = decode(audio)
      const whole = Math.floor(cut / FRAME_SAMPLES)
      const first = marks.filter(m => m.item === item)
      expect(first.slice(0, whole).map(m => m.frame)).toEqual(Array.from({ length: whole }, (_, i) => i))
      for (const { sampleIndex, frame } of first) expect(sampleIndex).toBe(frame * FRAME_SAMPLES)
      const second = [0, 1, 2].map(frame => ({ sampleIndex: cut + frame * FRAME_SAMPLES, item: item + 1, frame }))
      expect(marks.filter(m => m.item !== item)).toEqual(second)
    }),
    { numRuns: 300 },
  )
})

test('a beginning cut in mid-frame is resolved', () => {
  const audio = place(encodeItem(3, 20).subarray(50), 400, 4000)
  expect(Math.abs((heardOf(audio, decode(audio), 3)?.firstSample ?? 0) - 400)).toBeLessThanOrEqual(16)
})

test('silence and noise hold no watermark', () => {
  expect(decode(new Int16Array(8000))).toEqual([])
  for (let seed = 1; seed < 20; seed++) expect(decode(noise(40_000, 8000, seed))).toEqual([])
  expect(heardOf(new Int16Array(800), [], 1)).toBeNull()
})

test('an item number that does not fit is refused', () => {
  expect(() => encodeItem(70_000, 1)).toThrow(RangeError)
})

test('the chips are balanced: the watermark has no loud direct component', () => {
  for (let item = 0; item < 50; item++) {
    const sum = chipsOf(item, item * 7).reduce((s, c) => s + c, 0)
    expect(Math.abs(sum)).toBeLessThan(60)
  }
})
