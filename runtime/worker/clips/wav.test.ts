import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decimate } from './decimate.ts'
import { parseWav, type Wav } from './wav.ts'

function wav(
  tag: number,
  channels: number,
  rate: number,
  bits: number,
  data: Buffer,
  before = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + data.length, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(tag, 20)
  head.writeUInt16LE(channels, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt16LE(bits, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(data.length, 40)
  return Buffer.concat([head.subarray(0, 36), before, head.subarray(36), data])
}

test('reads PCM and both laws, whatever chunk stands before the data', () => {
  const data = Buffer.from([1, 0, 2, 0])
  const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')
  expect(parseWav(wav(1, 1, 16_000, 16, data, list))).toEqual({ encoding: 'pcm16', rateHz: 16_000, data })
  expect(parseWav(wav(6, 1, 8000, 8, data))).toEqual({ encoding: 'pcma', rateHz: 8000, data })
  expect(parseWav(wav(7, 1, 8000, 8, data))).toEqual({ encoding: 'pcmu', rateHz: 8000, data })
})

test.each([
  ['not a WAV', Buffer.from('ID3 something else entirely'), 'it is not a WAV file'],
  ['stereo', wav(1, 2, 8000, 16, Buffer.alloc(4)), 'it has 2 channels, not one'],
  ['CD rate', wav(1, 1, 44_100, 16, Buffer.alloc(4)), 'its rate is 44100 Hz, not 8, 16 or 24 kHz'],
  ['float', wav(3, 1, 8000, 32, Buffer.alloc(4)), 'its encoding (format 3, 32 bits) is neither 16-bit PCM nor G.711'],
  ['no data', wav(1, 1, 8000, 16, Buffer.alloc(0)).subarray(0, 36), 'it has no audio in it'],
])('says what is wrong: %s', (_name, file, why) => {
  expect(parseWav(file)).toBe(why)
})

test('never throws, whatever bytes', () => {
  const whole = wav(1, 1, 8000, 16, Buffer.alloc(64))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(107), fc.nat(255)), { maxLength: 8 }), fc.nat(108), (changes, cut) => {
      const file = Buffer.from(whole.subarray(0, cut))
      for (const [at, value] of changes) if (at < file.length) file[at] = value
      parseWav(file)
    }),
  )
})

test.each(['apology', 'goodbye'])('the built-in clip %s is one that we can read', name => {
  const clip = parseWav(readFileSync(new URL(`./${name}.wav`, import.meta.url))) as Wav
  expect(typeof clip).toBe('object')
  expect(clip.data.length / clip.rateHz).toBeGreaterThan(0.5)
})

function level(samples: Int16Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / samples.length)
}

function tone(hz: number, rateHz: number): Int16Array {
  return Int16Array.from({ length: rateHz }, (_, i) => 10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz))
}

test.each([16_000, 24_000])('down from %d Hz keeps a voice and drops what would fold', rateHz => {
  expect(decimate(tone(1000, rateHz), rateHz)).toHaveLength(8000)
  expect(level(decimate(tone(1000, rateHz), rateHz))).toBeCloseTo(10_000 / Math.SQRT2, -3)
  expect(level(decimate(tone(5500, rateHz), rateHz))).toBeLessThan(100)
})
