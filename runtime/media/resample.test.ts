import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Downsampler, Upsampler } from './resample.ts'

const tone = (hz: number, rate: number, count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rate)))

/** Level of one frequency, in dB of the tone that went in. */
function level(samples: Int16Array, hz: number, rate: number): number {
  let re = 0
  let im = 0
  const [from, to] = [samples.length * 0.1, samples.length * 0.9].map(Math.round) as [number, number]
  for (let i = from; i < to; i++) {
    re += samples[i]! * Math.cos((2 * Math.PI * hz * i) / rate)
    im += samples[i]! * Math.sin((2 * Math.PI * hz * i) / rate)
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / (to - from) / 10_000 + 1e-9)
}

function up(samples: Int16Array, frame = 160): Int16Array {
  const upsampler = new Upsampler()
  const out = new Int16Array(2 * samples.length)
  for (let at = 0; at < samples.length; at += frame)
    upsampler.push(samples.subarray(at, at + frame), out.subarray(2 * at))
  return out
}

function down(samples: Int16Array, frames: readonly number[] = [480], flush = true): Int16Array {
  const downsampler = new Downsampler()
  const out = new Int16Array(Downsampler.most(samples.length) + 200)
  let written = 0
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = Math.max(1, frames[i % frames.length] ?? 480)
    written += downsampler.push(samples.subarray(at, at + size), out.subarray(written))
    at += size
  }
  if (flush) written += downsampler.flush(out.subarray(written))
  return out.subarray(0, written)
}

describe('8 → 16 kHz', () => {
  test.each([300, 1000, 3000])('%i Hz stays as it is, and its image is gone', hz => {
    const out = up(tone(hz, 8000, 8000))
    expect(level(out, hz, 16_000)).toBeCloseTo(0, 1)
    expect(level(out, 8000 - hz, 16_000)).toBeLessThan(-60)
  })

  test('every second sample is one that came, 12 late', () => {
    const samples = tone(700, 8000, 500)
    const out = up(samples)
    for (let n = 12; n < samples.length; n++) expect(out[2 * n]).toBe(samples[n - 12])
  })
})

describe('24 → 8 kHz', () => {
  test.each([300, 1000, 3000, 3300])('%i Hz stays as it is', hz => {
    expect(level(down(tone(hz, 24_000, 24_000)), hz, 8000)).toBeCloseTo(0, 1)
  })

  test.each([5000, 7000, 10_000])('%i Hz does not come back as something else', hz => {
    const alias = Math.abs(hz - 8000)
    expect(level(down(tone(hz, 24_000, 24_000)), alias, 8000)).toBeLessThan(-60)
  })

  test('no sample is lost or made: with its tail, a third of what came', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (count, frames) => {
          const samples = Int16Array.from({ length: count }, (_, i) => (i * 7919) % 20_011)
          const whole = down(samples)
          expect(whole.length).toBe(Math.ceil(count / 3))
          expect(down(samples, frames)).toEqual(whole)
        },
      ),
    )
  })

  test('the tail is what came last', () => {
    const samples = new Int16Array(2400).fill(8000)
    const whole = down(samples)
    expect(whole.length).toBe(800)
    expect(whole[790]).toBeGreaterThan(7500)
    expect(down(samples, [480], false).length).toBe(788)
  })

  test('one that was flushed begins anew', () => {
    const downsampler = new Downsampler()
    const once = new Int16Array(400)
    const again = new Int16Array(400)
    const samples = tone(500, 24_000, 900)
    const first = downsampler.push(samples, once) + downsampler.flush(once.subarray(300))
    const second = downsampler.push(samples, again) + downsampler.flush(again.subarray(300))
    expect([second, again]).toEqual([first, once])
  })
})
