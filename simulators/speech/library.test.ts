import { expect, test } from 'vitest'
import { expand } from './g711.ts'
import { clip, clips, spoken } from './library.ts'
import { naturalMs, placeholder } from './placeholder.ts'

function rms(ulaw: Uint8Array): number {
  const samples = expand('ulaw', ulaw)
  return Math.sqrt(samples.reduce((s, x) => s + x * x, 0) / samples.length)
}

test('every clip is there, as long as the index says, and audible', () => {
  expect(clips().length).toBeGreaterThan(25)
  for (const c of clips()) {
    expect({ file: c.file, ms: Math.floor(c.ulaw.length / 8) }).toEqual({ file: c.file, ms: c.ms })
    expect(rms(c.ulaw)).toBeGreaterThan(500)
  }
})

test('all clips together stay small', () => {
  expect(clips().reduce((sum, c) => sum + c.ulaw.length, 0)).toBeLessThan(1_500_000)
})

test('words are found whatever their punctuation, alone and in a row', () => {
  const goodbye = clip('agent', 'goodbye')?.ulaw.length ?? 0
  const done = clip('agent', 'done')?.ulaw.length ?? 0
  expect(spoken('goodbye')?.length).toBe(goodbye)
  expect(spoken('All right, that is done. Goodbye!')?.length).toBe(done + goodbye)
  expect(spoken('All right, that is done. Farewell!')).toBeNull()
  expect(spoken('goodbye', 'caller')).toBeNull()
})

test('placeholder speech lasts as long as the words would and is as loud as speech', () => {
  const ms = naturalMs('These words were never recorded.')
  expect(ms).toBe(32 * 65)
  expect(placeholder(ms)).toHaveLength(ms * 8)
  expect(rms(placeholder(ms))).toBeGreaterThan(1500)
})
