import { describe, expect, test } from 'vitest'
import { compress, expand } from '#simulators/speech/g711.ts'
import { clip, clips } from '#simulators/speech/library.ts'
import { findClip } from './find-clip.ts'
import { seeded } from './random.ts'

const offer = samplesOf('offer')
const greeting = samplesOf('greeting')

function samplesOf(name: string): Int16Array {
  return expand('ulaw', clip('agent', name)?.ulaw ?? new Uint8Array())
}

function place(at: number, length: number, ...pieces: Int16Array[]): Int16Array {
  const out = new Int16Array(length)
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}

test.each([0, 1, 2, 3, 777, 20_001])('a clip is found where it is: at %i', at => {
  const found = findClip(place(at, 60_000, greeting), greeting)
  expect(found?.at).toBe(at)
  expect(found?.match).toBeGreaterThan(0.99)
  expect(found?.heard).toBeGreaterThan(greeting.length * 0.93)
})

test.each([500, 1000, 1652, 3333])('when it is cut after %i ms, that is seen', cutMs => {
  const found = findClip(place(4003, 120_000, offer.subarray(0, cutMs * 8)), offer)
  expect(found?.at).toBe(4003)
  // silence cannot be known: its last sound is where it ends
  const audible = offer.subarray(0, cutMs * 8).findLastIndex(x => Math.abs(x) > 200)
  expect(Math.abs((found?.heard ?? 0) - audible)).toBeLessThanOrEqual(160)
})

describe('on a line that', () => {
  test.each<[string, (audio: Int16Array) => Int16Array]>([
    ['changes the law', audio => expand('alaw', compress('alaw', audio))],
    ['is quieter', audio => audio.map(x => x * 0.3)],
    ['is noisy', audio => audio.map(noise(300))],
    ['slips by a few samples', audio => place(0, audio.length, audio.subarray(0, 15_000), audio.subarray(15_007))],
  ])('%s, it is found all the same', (_, line) => {
    const found = findClip(line(place(4003, 40_000, greeting)), greeting)
    expect(Math.abs((found?.at ?? 0) - 4003)).toBeLessThanOrEqual(8)
    expect(found?.match).toBeGreaterThan(0.8)
  })
})

test.each<[string, Int16Array]>([
  [
    'stands still for 20 ms',
    place(0, 40_000, greeting.subarray(0, 9000), new Int16Array(160), greeting.subarray(9000)),
  ],
  ['leaps by 40 ms', place(0, 40_000, greeting.subarray(0, 9000), greeting.subarray(9320))],
  ['is lost for 60 ms', place(0, 40_000, greeting.subarray(0, 9000), new Int16Array(480), greeting.subarray(9480))],
])('it is heard to its end when the line %s', (_, line) => {
  expect(findClip(line, greeting)?.heard).toBeGreaterThan(greeting.length * 0.93)
})

test('it is in no silence, no noise, and in no other clip as a whole', () => {
  expect(findClip(new Int16Array(40_000), greeting)).toBeNull()
  expect(findClip(new Int16Array(40_000).map(noise(6000)), greeting)).toBeNull()
  for (const other of clips().filter(c => c.name !== 'greeting')) {
    const found = findClip(place(2000, 160_000, expand('ulaw', other.ulaw)), greeting)
    // one voice says one word alike twice, but not a sentence
    expect(found?.heard ?? 0).toBeLessThan(greeting.length / 2)
  }
})

test('it is looked for only between two moments', () => {
  const audio = place(8000, 80_000, greeting)
  expect(findClip(audio, greeting, 9000)).toBeNull()
  expect(findClip(audio, greeting, 0, 8000)).toBeNull()
  expect(findClip(audio, greeting, 7000)?.at).toBe(8000)
})

function noise(peak: number): (x: number) => number {
  const random = seeded(5)
  return x => x + (random() * 2 - 1) * peak
}
