import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationMs, formatDuration, parseDuration } from './duration.ts'

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['1.5s', 1500],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['1m1ms', 60_001],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '30', '5 m', '-5s', '1d', '1H', 's', '5us', '1h30', '1e3s', '.5s', ' 5s'])('%j is none', text => {
    expect(parseDuration(text)).toBeNull()
    expect(() => durationMs(text)).toThrow(TypeError)
  })

  it('have one spelling, which reads back', () => {
    expect(formatDuration(90_000)).toBe('1m30s')
    expect(formatDuration(0)).toBe('0s')
    fc.assert(
      fc.property(fc.nat(100_000_000), ms => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
    )
  })
})
