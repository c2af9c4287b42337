import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { distance, nearest } from './nearest.ts'

it.each([
  ['voice', 'voice', 0],
  ['voise', 'voice', 1],
  ['vioce', 'voice', 1],
  ['voic', 'voice', 1],
  ['Voice', 'voice', 0],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('%s to %s: %i', (a, b, d) => {
  expect(distance(a, b)).toBe(d)
})

it.each([
  ['voise', 'voice'],
  ['VoiceAgnet', 'VoiceAgent'],
  ['x', undefined],
  ['zzzz', undefined],
])('%s means %s', (word, meant) => {
  expect(nearest(word, ['voice', 'speed', 'VoiceAgent'])).toBe(meant)
})

it('is symmetric, and zero for the same word alone', () => {
  const word = fc.stringMatching(/^[a-c]{0,6}$/)
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a))
      expect(distance(a, b) === 0).toBe(a === b)
    }),
  )
})
