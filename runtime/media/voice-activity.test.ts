import { expect, test } from 'vitest'
import { LINEAR_TO_ALAW, LINEAR_TO_ULAW } from './g711.ts'
import { VoiceActivity } from './voice-activity.ts'

/** 20 ms at a level, as signs of a fixed pattern. */
const frame = (level: number, law: 'PCMU' | 'PCMA' = 'PCMU'): Uint8Array =>
  Uint8Array.from({ length: 160 }, (_, i) => {
    const table = law === 'PCMU' ? LINEAR_TO_ULAW : LINEAR_TO_ALAW
    return table[((i * 7) % 3 === 0 ? -level : level) & 0xffff]!
  })

function run(levels: readonly number[], silenceMs = 500, law: 'PCMU' | 'PCMA' = 'PCMU'): string[] {
  const ear = new VoiceActivity(law, silenceMs)
  return levels.flatMap((level, i) => {
    const heard = ear.push(frame(level, law))
    return heard === null ? [] : [`${heard} ${i * 20}`]
  })
}

const times = (count: number, level: number): number[] => Array.from({ length: count }, () => level)

test.each(['PCMU', 'PCMA'] as const)('speech begins after 60 ms of it and ends after its silence: %s', law => {
  expect(run([...times(10, 0), ...times(20, 3000), ...times(40, 0)], 500, law)).toEqual(['started 240', 'stopped 1080'])
})

test('a pause between words is none', () => {
  expect(run([...times(10, 5), ...times(10, 3000), ...times(20, 5), ...times(10, 3000), ...times(30, 5)])).toHaveLength(
    2,
  )
})

test('a click is nothing, and neither is the noise of a line', () => {
  expect(run([...times(10, 5), 8000, 8000, ...times(50, 5)])).toEqual([])
  expect(run(times(500, 400))).toEqual([])
})

test('one that was reset begins again where the sound goes on', () => {
  const ear = new VoiceActivity('PCMU', 500)
  const heard = (count: number): string[] => times(count, 3000).flatMap(level => ear.push(frame(level)) ?? [])
  for (const level of times(10, 5)) ear.push(frame(level))
  expect(heard(10)).toEqual(['started'])
  ear.reset()
  expect(heard(10)).toEqual(['started'])
})
