import { expect, test } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import { Activity, onsetOf } from './activity.ts'

function tone(samples: number, height = 3000): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => Math.round(height * Math.sin(i * 0.6)))
}

function place(length: number, ...pieces: [number, Int16Array][]): Int16Array {
  const out = new Int16Array(length)
  for (const [at, piece] of pieces) out.set(piece, at)
  return out
}

test('speech is found to the sample, and told when the silence has lasted', () => {
  const audio = place(24_000, [4001, tone(4000)], [9000, tone(2000)], [18_000, tone(1000)])
  const activity = new Activity(400)
  const events = activity.advance(audio, audio.length)
  expect(events.map(e => e.type)).toEqual(['start', 'stop', 'start', 'stop'])
  const [start, stop, again] = events
  expect(start?.at).toBeGreaterThanOrEqual(4001)
  expect(start?.at).toBeLessThan(4010)
  expect(stop?.at).toBeGreaterThan(10_990)
  expect(stop?.at).toBeLessThanOrEqual(11_000)
  expect(stop).toMatchObject({ from: start?.at })
  expect(again?.at).toBeGreaterThanOrEqual(18_000)
})

test('looked at in any portions, it says the same', () => {
  const audio = place(24_000, [4001, tone(4000)], [9000, tone(2000)])
  const whole = new Activity().advance(audio, audio.length)
  const activity = new Activity()
  const pieces = []
  for (let until = 0; until <= audio.length; until += 37) pieces.push(...activity.advance(audio, until))
  pieces.push(...activity.advance(audio, audio.length))
  expect(pieces).toEqual(whole)
})

test.each([
  ['silence', new Int16Array(8000)],
  ['a click', place(8000, [4000, tone(40, 20_000)])],
  ['quiet noise', tone(8000, 80)],
])('%s is no speech', (_, audio) => {
  expect(new Activity().advance(audio, audio.length)).toEqual([])
  expect(onsetOf(audio)).toBeNull()
})

test('real words begin soon after their clip does, quiet consonants and all', () => {
  for (const name of ['ask', 'three', 'hello', 'stop']) {
    const onset = onsetOf(expand('ulaw', clip('caller', name)?.ulaw ?? new Uint8Array()))
    expect(onset).toBeLessThan(240)
  }
})
