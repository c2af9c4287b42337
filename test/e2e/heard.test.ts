import { expect, it } from 'vitest'
import { agentWords } from '#simulators/caller/speech-source.ts'
import { inWords, missingIn } from './heard.ts'

/** Clips with pauses between them. */
function recordingOf(...words: readonly string[]): Int16Array {
  const parts = words.flatMap(text => [new Int16Array(8000), text === '' ? new Int16Array(8000) : agentWords(text)])
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

it('finds words in their order, the same ones as often as they were said', () => {
  const said = ['greeting', 'transfer', 'transfer', 'see-you']
  expect(missingIn(recordingOf(...said), said)).toEqual([])
})

it('takes the first of two, also when the second came over better', () => {
  const twice = recordingOf('transfer', 'transfer')
  for (let i = 0; i < 8000 + agentWords('transfer').length; i += 40) twice[i] = 0
  expect(missingIn(twice, ['transfer', 'transfer'])).toEqual([])
})

it('names what was not said', () => {
  expect(missingIn(recordingOf('greeting', 'transfer'), ['greeting', 'transfer', 'see-you'])).toEqual(['see-you'])
  expect(missingIn(recordingOf('greeting', '', 'see-you'), ['greeting', 'transfer', 'see-you'])).toEqual(['transfer'])
  expect(missingIn(new Int16Array(80_000), ['greeting'])).toEqual(['greeting'])
})

it('does not take words that broke off in the middle', () => {
  const cut = recordingOf('transfer')
  cut.fill(0, 8000 + agentWords('transfer').length / 2)
  expect(missingIn(cut, ['transfer'])).toEqual(['transfer'])
})

it('says how often', () => {
  expect(inWords(['a', 'b', 'b'])).toBe('“a”, “b” ×2')
})
