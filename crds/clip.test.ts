import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipDigest, readClip } from './clip.ts'

interface Wav {
  code?: number
  channels?: number
  rateHz?: number
  bits?: number
  audio?: Uint8Array
  before?: Uint8Array
  size?: number
}

const ascii = (text: string) => Array.from(text, c => c.charCodeAt(0))
const u16 = (n: number) => [n & 255, (n >> 8) & 255]
const u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)]

function wav({
  code = 1,
  channels = 1,
  rateHz = 8000,
  bits = 16,
  audio = new Uint8Array(320),
  before,
  size,
}: Wav = {}): Uint8Array {
  const block = (channels * bits) / 8
  const format = [...u16(code), ...u16(channels), ...u32(rateHz), ...u32(rateHz * block), ...u16(block), ...u16(bits)]
  return Uint8Array.from([
    ...ascii('RIFF'),
    ...u32(36 + audio.length),
    ...ascii('WAVE'),
    ...(before ? [...ascii('LIST'), ...u32(before.length), ...before, ...(before.length % 2 ? [0] : [])] : []),
    ...ascii('fmt '),
    ...u32(format.length),
    ...format,
    ...ascii('data'),
    ...u32(size ?? audio.length),
    ...audio,
  ])
}

describe('a clip', () => {
  it.each([
    [{}, 'pcm16', 8000],
    [{ rateHz: 16_000 }, 'pcm16', 16_000],
    [{ rateHz: 24_000 }, 'pcm16', 24_000],
    [{ code: 7, bits: 8 }, 'pcmu', 8000],
    [{ code: 6, bits: 8 }, 'pcma', 8000],
    [{ before: Uint8Array.of(1, 2, 3) }, 'pcm16', 8000],
    [{ size: 0xffffffff }, 'pcm16', 8000],
  ])('may be %j', (shape, encoding, rateHz) => {
    const clip = readClip(wav(shape), 'hello.wav')
    expect(clip).toMatchObject({ format: { encoding, rateHz } })
    expect(typeof clip === 'object' && clip.audio.length).toBe(320)
  })

  it.each([
    [{ channels: 2 }, 'has 2 channels: it must be mono'],
    [{ rateHz: 44_100 }, 'is 16 bit at 44100 Hz (WAV format 1)'],
    [{ code: 3, bits: 32 }, 'is 32 bit at 8000 Hz (WAV format 3)'],
    [{ code: 7, bits: 8, rateHz: 16_000 }, 'WAV format 7'],
    [{ audio: new Uint8Array(0) }, 'holds no audio'],
  ])('may not be %j', (shape, fault) => {
    expect(readClip(wav(shape), 'hello.wav')).toContain(fault)
  })

  it('is told apart by its name when it is raw', () => {
    const bytes = Uint8Array.of(0xff, 0x7f)
    expect(readClip(bytes, 'a.ulaw')).toEqual({ format: { encoding: 'pcmu', rateHz: 8000 }, audio: bytes })
    expect(readClip(bytes, 'a.ALAW')).toMatchObject({ format: { encoding: 'pcma' } })
    expect(readClip(bytes, 'a.raw')).toBe('is neither a WAV file nor named .ulaw or .alaw')
    expect(readClip(new Uint8Array(0), 'a.ulaw')).toBe('is empty')
    expect(readClip(new Uint8Array(1_048_577), 'a.ulaw')).toBe('is larger than 1 MiB')
  })

  it('never makes the reader throw', () => {
    const good = wav()
    fc.assert(
      fc.property(fc.nat(good.length), fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { maxLength: 6 }), (cut, edits) => {
        const bytes = good.slice(0, cut)
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
        expect(['string', 'object']).toContain(typeof readClip(bytes, 'x.wav'))
      }),
    )
  })

  it('is named by its audio and format alone', () => {
    const digest = (bytes: Uint8Array, key = 'x.wav') => {
      const clip = readClip(bytes, key)
      return typeof clip === 'string' ? clip : clipDigest(clip)
    }
    expect(digest(wav())).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(digest(wav({ before: Uint8Array.of(1, 2) }))).toBe(digest(wav()))
    expect(digest(wav({ rateHz: 16_000 }))).not.toBe(digest(wav()))
    expect(digest(new Uint8Array(320), 'a.ulaw')).not.toBe(digest(new Uint8Array(320), 'a.alaw'))
  })
})
