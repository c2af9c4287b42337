import { expect, test } from 'vitest'
import { toAlaw, toUlaw } from '#simulators/speech/g711.ts'
import { readWav, to8k, wavBytes } from './wav.ts'

const left = Int16Array.of(1, -2, 32_767)
const right = Int16Array.of(-32_768, 5)

test('stereo comes back as it went, the shorter side ending in silence', () => {
  const { rateHz, channels } = readWav(wavBytes({ rateHz: 8000, channels: [left, right] }))
  expect(rateHz).toBe(8000)
  expect(channels.map(c => [...c])).toEqual([[...left], [...right, 0]])
})

test.each([
  ['µ-law', 7, toUlaw],
  ['A-law', 6, toAlaw],
])('%s is read, past chunks that are none of ours', (_, code, law) => {
  const pcm = wavBytes({ rateHz: 8000, channels: [new Int16Array(2)] })
  pcm.writeUInt16LE(code, 20)
  pcm.writeUInt16LE(1, 32)
  pcm.writeUInt16LE(8, 34)
  pcm[44] = law(3000)
  pcm[45] = law(-3000)
  pcm.writeUInt32LE(2, 40)
  const list = Buffer.from('LIST\x03\x00\x00\x00abc\x00', 'latin1')
  const wav = Buffer.concat([pcm.subarray(0, 36), list, pcm.subarray(36)])
  const [samples] = readWav(wav).channels
  expect([...(samples ?? [])].map(x => Math.round(x / 100) * 100).slice(0, 2)).toEqual([3000, -3000])
})

test.each([
  ['no WAV', Buffer.from('RIFX....WAVE'), /no WAV/],
  ['cut short', Buffer.from('RI'), /no WAV/],
  ['without data', wavBytes({ rateHz: 8000, channels: [left] }).subarray(0, 36), /no data/],
  ['24 bits', Buffer.from(wavBytes({ rateHz: 8000, channels: [left] })).fill(24, 34, 35), /24 bits/],
])('%s is refused in words', (_, bytes, words) => {
  expect(() => readWav(bytes)).toThrow(words)
})

test('a length that was never filled in is no reason to give up', () => {
  const bytes = wavBytes({ rateHz: 8000, channels: [left] })
  bytes.writeUInt32LE(0xffff_ffff, 40)
  expect([...(readWav(bytes).channels[0] ?? [])]).toEqual([...left])
})

test('other rates become 8 kHz, as long and as loud', () => {
  for (const rate of [8000, 16_000, 44_100, 48_000]) {
    const second = Int16Array.from({ length: rate }, (_, i) =>
      Math.round(8000 * Math.sin((2 * Math.PI * 300 * i) / rate)),
    )
    const out = to8k(second, rate)
    expect(out.length).toBe(8000)
    expect(Math.max(...out)).toBeGreaterThan(7500)
  }
})
