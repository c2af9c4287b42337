import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expand, type LawName } from '#simulators/speech/g711.ts'
import { encode } from '#simulators/watermark/encode.ts'
import { hear } from './hearing.ts'

const FRAME = 160
const FIRST_MARK = 20
/** So many samples hold the sync word and an item's number. */
const NAMED = 56
/** By hand: `HEARING_RUNS=20000 npm run -s test -- test/conformance/barge-in`. */
const numRuns = Number(process.env['HEARING_RUNS'] ?? 300)

function voice(law: LawName, mark: number, samples: number): Int16Array {
  const out = new Int16Array(samples)
  for (let at = 0; at < samples; at += FRAME)
    out.set(expand(law, encode(mark, at / FRAME, law)).subarray(0, samples - at), at)
  return out
}

const nothing = (law: LawName, frames: number): number[] =>
  Array.from({ length: frames * FRAME }, () => (law === 'ulaw' ? 0 : 8))

interface Piece {
  /** Of the item, and heard of it, in samples. */
  readonly length: number
  readonly heard: number
  /** Silence behind it in packets, and a pause after so many samples. */
  readonly silence: number
  readonly pauseAt: number | null
}

const pieces = (...heard: fc.Arbitrary<number>[]): fc.Arbitrary<Piece[]> =>
  fc.array(
    fc.record({
      length: fc.integer({ min: 1, max: 3000 }),
      heard: fc.oneof(fc.constant(0), fc.constant(3000), fc.integer({ min: FRAME, max: 3000 }), ...heard),
      silence: fc.integer({ min: 0, max: 3 }),
      pauseAt: fc.option(fc.integer({ min: 0, max: 3000 })),
    }),
    { minLength: 1, maxLength: 8 },
  )
const laws = fc.constantFrom<LawName>('ulaw', 'alaw')
const fewSamples = fc.integer({ min: 1, max: FRAME })

const heardOf = ({ heard, length }: Piece): number => Math.min(heard, length)

function recordingOf(law: LawName, of: readonly Piece[]): Int16Array {
  const sound: number[] = []
  for (const [i, piece] of of.entries()) {
    const samples = [...voice(law, FIRST_MARK + i, heardOf(piece))]
    const at = Math.min(samples.length, piece.pauseAt ?? samples.length)
    const silence = nothing(law, piece.silence)
    sound.push(...samples.slice(0, at), ...silence, ...samples.slice(at), ...silence)
  }
  return Int16Array.from(sound)
}

const itemsOf = (of: readonly Piece[]) => of.map((p, i) => ({ mark: FIRST_MARK + i, audioMs: p.length / 8 }))

function hearAll(law: LawName, of: readonly Piece[]) {
  const { heard, faults } = hear(recordingOf(law, of), itemsOf(of))
  expect(faults).toEqual([])
  return of.map((_, i) => heard.get(FIRST_MARK + i) ?? { least: 0, most: 0, end: 0 })
}

describe('what is in a recording', () => {
  it('is known to the sample, items cut anywhere behind their first half frame, paused anywhere, one right behind the other', () => {
    fc.assert(
      fc.property(pieces(), laws, (all, law) => {
        const long = all.map(p => ({ ...p, heard: heardOf(p) >= NAMED ? p.heard : 0 }))
        const lengths = long.map(heardOf)
        const heard = hearAll(law, long)
        expect(heard.map(h => h.least)).toEqual(lengths)
        expect(heard.map(h => h.most)).toEqual(lengths)
      }),
      { numRuns },
    )
  })

  it('is never read as what it is not, items cut after a few samples among them', () => {
    fc.assert(
      fc.property(pieces(fewSamples, fewSamples), laws, (all, law) => {
        for (const [i, { least, most }] of hearAll(law, all).entries()) {
          const truth = heardOf(all[i] ?? { length: 0, heard: 0, silence: 0, pauseAt: null })
          expect(least).toBeLessThanOrEqual(truth)
          expect(most).toBeGreaterThanOrEqual(truth)
          expect(most - least).toBeLessThan(truth >= NAMED ? 1 : NAMED)
        }
      }),
      { numRuns },
    )
  })

  it('is not right when samples are missing, wherever and however many', () => {
    const hole = fc.record({ at: fc.integer({ min: 0, max: 2999 }), samples: fc.integer({ min: 1, max: 2000 }) })
    fc.assert(
      fc.property(pieces(fewSamples), laws, hole, fc.nat(7), (all, law, { at, samples }, which) => {
        const index = which % all.length
        // So much of the item comes behind the hole that it cannot go on by chance.
        const piece = { length: at + samples + 400, heard: at + samples + 400, silence: 0, pauseAt: null }
        // A beginning that is missing may be made good, sample for sample, by a cut item before it.
        const before = at === 0 ? [] : recordingOf(law, all.slice(0, index))
        const whole = voice(law, FIRST_MARK + index, piece.heard)
        const holed = [...before, ...whole.subarray(0, at), ...whole.subarray(at + samples)]
        expect(hear(Int16Array.from(holed), itemsOf(all.with(index, piece))).faults).not.toEqual([])
      }),
      { numRuns },
    )
  })

  it.each([5, 40, 100])('is known of an item of which only %i samples were heard', few => {
    const items = [1, 2, 3].map(mark => ({ mark, audioMs: 100 }))
    const sound = [...voice('ulaw', 1, 800), ...voice('ulaw', 2, few), ...nothing('ulaw', 9), ...voice('ulaw', 3, 500)]
    const { heard, faults } = hear(Int16Array.from(sound), items)
    expect([...heard]).toEqual([
      [1, { least: 800, most: 800, end: 800 }],
      [2, { least: few, most: few, end: 800 + few }],
      [3, { least: 500, most: 500, end: 800 + few + 9 * FRAME + 500 }],
    ])
    expect(faults).toEqual([])
  })

  it('is left open when few samples may be of either of two items', () => {
    const items = [1, 2, 3].map(mark => ({ mark, audioMs: 100 }))
    const { heard, faults } = hear(Int16Array.from([...voice('ulaw', 1, 800), ...voice('ulaw', 2, 30)]), items)
    expect([...heard]).toEqual([
      [1, { least: 800, most: 800, end: 800 }],
      [2, { least: 0, most: 30, end: 830 }],
      [3, { least: 0, most: 30, end: 830 }],
    ])
    expect(faults).toEqual([])
  })

  const one = voice('ulaw', 1, 800)
  it.each([
    ['a sample too much', [...one.subarray(0, 400), 2600, ...one.subarray(400)]],
    ['a sample missing', [...one.subarray(0, 401), ...one.subarray(402)]],
    ['a beginning that is missing', [...one.subarray(100)]],
    ['an item twice', [...one, ...one]],
    ['the beginning of an item twice', [...one.subarray(0, 100), ...one]],
    ['an item that goes on behind its end', [...voice('ulaw', 1, 801)]],
    ['an item of somebody else', [...one, ...voice('ulaw', 9, 800)]],
    ['a little of somebody else', [...one, ...voice('ulaw', 1, 100), ...voice('ulaw', 2, 200)]],
    ['items in the wrong order', [...voice('ulaw', 2, 800), ...one]],
    ['a noise', [...one, 900, -900, 900]],
  ])('tells %s', (_, sound) => {
    const items = [1, 2].map(mark => ({ mark, audioMs: 100 }))
    expect(hear(Int16Array.from(sound), items).faults).not.toEqual([])
  })
})
