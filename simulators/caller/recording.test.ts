import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Recording } from './recording.ts'

test('both sides are on one clock', () => {
  const recording = new Recording(1000)
  recording.write('caller', recording.sampleAt(1020), Int16Array.of(1, 2))
  recording.write('agent', recording.sampleAt(1020.25), Int16Array.of(9))
  expect(recording.length).toBe(163)
  expect([...recording.side('caller').subarray(158)]).toEqual([0, 0, 1, 2, 0])
  expect([...recording.side('agent').subarray(158)]).toEqual([0, 0, 0, 0, 9])
  expect(recording.timeOf(162)).toBe(1020.25)
})

test('what is outside is left out: before the beginning, beyond the limit', () => {
  const recording = new Recording(0, 1)
  recording.write('agent', -2, Int16Array.of(1, 2, 3))
  recording.write('agent', 6, Int16Array.of(4, 5, 6, 7))
  recording.write('agent', 100, Int16Array.of(8))
  expect([...recording.side('agent')]).toEqual([3, 0, 0, 0, 0, 0, 4, 5])
  const out = new Int16Array(4)
  recording.read('agent', 7, out)
  expect([...out]).toEqual([5, 0, 0, 0])
})

test('it grows, and keeps all that was written, whatever the order', () => {
  const writes = fc.array(fc.record({ at: fc.nat(900_000), value: fc.integer({ min: 1, max: 30_000 }) }), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(writes, list => {
      const recording = new Recording(0)
      const expected = new Map<number, number>()
      for (const { at, value } of list) {
        recording.write('agent', at, Int16Array.of(value))
        expected.set(at, value)
      }
      const side = recording.side('agent')
      expect(recording.length).toBe(Math.max(0, ...[...expected.keys()].map(at => at + 1)))
      for (const [at, value] of expected) expect(side[at]).toBe(value)
    }),
    { numRuns: 30 },
  )
})
