import { expect, test } from 'vitest'
import { ALAW_TO_LINEAR, ULAW_TO_LINEAR } from '#runtime/media/g711.ts'
import { ClipLibrary } from './clip-library.ts'
import { decimate } from './decimate.ts'

const PCMU = { encoding: 'pcmu', rateHz: 8000 } as const
const PCMA = { encoding: 'pcma', rateHz: 8000 } as const

function level(samples: Iterable<number>): number {
  let sum = 0
  let count = 0
  for (const sample of samples) {
    sum += sample * sample
    count += 1
  }
  return Math.sqrt(sum / count)
}

function tone(hz: number, rateHz: number): Int16Array {
  return Int16Array.from({ length: rateHz }, (_, i) => 10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz))
}

test.each(['builtin:apology', 'builtin:goodbye', 'builtin:transfer', 'builtin:waiting'])(
  '%s ships, in either law, and is sound',
  id => {
    const clips = new ClipLibrary()
    const ulaw = clips.get(id, PCMU) as Uint8Array
    const alaw = clips.get(id, PCMA) as Uint8Array
    expect(ulaw.length).toBeGreaterThan(4000)
    expect(alaw).toHaveLength(ulaw.length)
    expect(level([...ulaw].map(code => ULAW_TO_LINEAR[code] as number))).toBeGreaterThan(300)
    expect(level([...alaw].map(code => ALAW_TO_LINEAR[code] as number))).toBeGreaterThan(300)
  },
)

test('a 24 kHz recording has the same length at 8 kHz and keeps its level', () => {
  const clips = new ClipLibrary()
  const audio = new Uint8Array(tone(1000, 24_000).buffer)
  clips.add('sha256:x', { format: { encoding: 'pcm16', rateHz: 24_000 }, audio })
  const heard = clips.get('sha256:x', PCMA) as Uint8Array
  expect(heard).toHaveLength(8000)
  expect(level([...heard].map(code => ALAW_TO_LINEAR[code] as number))).toBeCloseTo(10_000 / Math.SQRT2, -3)
})

test('refuses what would not fit the playout, and knows no other id', () => {
  const clips = new ClipLibrary()
  expect(() => clips.add('sha256:long', { format: PCMU, audio: new Uint8Array(61 * 8000) })).toThrow('61 s long')
  expect(clips.get('sha256:long', PCMU)).toBeNull()
})

test.each([16_000, 24_000])('down from %d Hz drops what would fold', rateHz => {
  expect(level(decimate(tone(5500, rateHz), rateHz))).toBeLessThan(100)
})
