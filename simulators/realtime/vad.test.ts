import { describe, expect, test } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import { silence, tone } from './test-client.ts'
import { Vad, type VadEvent, type VadSettings } from './vad.ts'

const DEFAULTS: VadSettings = { threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: 500 }

function run(parts: readonly Uint8Array[], settings: Partial<VadSettings> = {}, chunk = 160): VadEvent[] {
  const vad = new Vad({ ...DEFAULTS, ...settings })
  const all = expand('ulaw', new Uint8Array(Buffer.concat(parts)))
  const events: VadEvent[] = []
  for (let i = 0; i < all.length; i += chunk) events.push(...vad.push(all.subarray(i, i + chunk)))
  return events
}

test('offsets count audio: start less the padding, stop with the silence in it', () => {
  expect(run([silence(1000), tone(600), silence(1000)])).toEqual([
    { kind: 'started', atMs: 700 },
    { kind: 'stopped', atMs: 2100 },
  ])
})

test.each([160, 320, 77, 8000])('the size of the appends (%i samples) changes nothing', chunk => {
  const parts = [silence(500), tone(300), silence(700), tone(400), silence(800)]
  expect(run(parts, {}, chunk)).toEqual(run(parts, {}, 160))
})

test('padding does not reach before the audio began, nor into the turn before', () => {
  expect(run([silence(100), tone(300)])[0]).toEqual({ kind: 'started', atMs: 0 })
  const [, stopped, again] = run([tone(300), silence(520), tone(300)], { prefixPaddingMs: 2000 })
  expect(again?.atMs).toBe(stopped?.atMs)
})

test('a pause shorter than the silence is part of the turn', () => {
  expect(run([tone(300), silence(480), tone(300), silence(600)]).map(e => e.kind)).toEqual(['started', 'stopped'])
  expect(run([tone(300), silence(480), tone(300), silence(600)], { silenceDurationMs: 200 })).toHaveLength(4)
})

test('a click is not speech', () => {
  expect(run([silence(300), tone(30), silence(1000)])).toEqual([])
})

describe('the threshold is a level', () => {
  // A sine of peak p has a level of 20·log10(p/32768) − 3 dBFS; 0.5 is −40 dBFS, 0.9 is −24 dBFS.
  test.each([
    [0.5, 600, true],
    [0.5, 350, false],
    [0.9, 2500, false],
    [0.9, 3500, true],
    [0.1, 100, true],
  ])('at %d a peak of %i is heard: %s', (threshold, peak, heard) => {
    expect(run([silence(200), tone(400, peak), silence(200)], { threshold }).some(e => e.kind === 'started')).toBe(
      heard,
    )
  })
})

test.each(['ask', 'three', 'no-thanks', 'toothache', 'where'])('the recorded line "%s" is one turn', name => {
  const line = clip('caller', name)
  const events = run([silence(400), line?.ulaw ?? silence(0), silence(1000)])
  expect(events.map(e => e.kind)).toEqual(['started', 'stopped'])
  const spokenMs = (events[1]?.atMs ?? 0) - (events[0]?.atMs ?? 0) - 800
  expect(Math.abs(spokenMs - (line?.ms ?? 0))).toBeLessThan(200)
})
