import { expect, test } from 'vitest'
import { wavHeader } from './wav-header.ts'

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

test('PCM16: 44 bytes', () => {
  expect(wavHeader('PCM16', 320).toString('hex')).toBe(
    `${hex('RIFF')}64010000${hex('WAVEfmt ')}1000000001000100401f0000803e000002001000${hex('data')}40010000`,
  )
})

test('µ-law: 58 bytes, with an empty extension and its number of samples', () => {
  expect(wavHeader('PCMU', 160).toString('hex')).toBe(
    `${hex('RIFF')}d2000000${hex('WAVEfmt ')}1200000007000100401f0000401f0000010008000000${hex('fact')}04000000a0000000${hex('data')}a0000000`,
  )
})
