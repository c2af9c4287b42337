import * as fc from 'fast-check'
import type { InputAudioBufferAppendEvent } from 'openai/resources/realtime/realtime'
import { describe, expect, test } from 'vitest'
import type { AudioFormat } from '#runtime/media/format.ts'
import { appendMessage, createUpstream } from './upstream.ts'

const PCMU: AudioFormat = { encoding: 'pcmu', rateHz: 8000 }
const PCM: AudioFormat = { encoding: 'pcm16', rateHz: 24_000 }

const audioOf = (message: string): Buffer =>
  Buffer.from((JSON.parse(message) as InputAudioBufferAppendEvent).audio, 'base64')

test('the message is JSON of the vendor’s shape, whatever the audio', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), bytes => {
      const audio = Buffer.from(bytes)
      const expected: InputAudioBufferAppendEvent = {
        type: 'input_audio_buffer.append',
        audio: audio.toString('base64'),
      }
      expect(appendMessage(audio)).toBe(JSON.stringify(expected))
    }),
  )
})

test('whatever the frames, every byte is sent once, in order, in messages of one length', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 700 })), fc.constantFrom(20, 40, 60, 100), (frames, ms) => {
      const sent: Buffer[] = []
      const upstream = createUpstream(PCMU, ms)
      for (const frame of frames) expect(upstream.push(frame, 0, m => sent.push(audioOf(m)))).toBe(0)
      const all = Buffer.concat(frames)
      expect(sent.every(s => s.length === ms * 8)).toBe(true)
      expect(Buffer.concat(sent)).toEqual(all.subarray(0, all.length - (all.length % (ms * 8))))
    }),
  )
})

describe('a socket that does not drain', () => {
  test.each([
    [PCMU, 40, 5],
    [PCM, 20, 10],
    [PCM, 100, 2],
  ] as const)('keeps the newest 200 ms of %o in messages of %i ms', (format, ms, most) => {
    const upstream = createUpstream(format, ms)
    const size = (format.rateHz / 1000) * ms * (format.encoding === 'pcm16' ? 2 : 1)
    const sent: Buffer[] = []
    let dropped = 0
    for (let i = 0; i < 20; i++) dropped += upstream.push(Buffer.alloc(size, i), 1_000_000, m => sent.push(audioOf(m)))
    expect(sent).toEqual([])
    expect(dropped).toBe((20 - most) * size)
    upstream.push(Buffer.alloc(size, 99), 0, m => sent.push(audioOf(m)))
    expect(sent.map(s => s[0])).toEqual([...Array.from({ length: most }, (_, i) => 20 - most + i), 99])
  })

  test('a little unsent is no reason to wait', () => {
    const upstream = createUpstream(PCMU, 40)
    const sent: string[] = []
    upstream.push(Buffer.alloc(320), 1000, m => sent.push(m))
    expect(sent).toHaveLength(1)
  })

  test('clear forgets what waits and what is half full', () => {
    const upstream = createUpstream(PCMU, 40)
    const sent: Buffer[] = []
    upstream.push(Buffer.alloc(480, 1), 1_000_000, () => {})
    upstream.clear()
    upstream.push(Buffer.alloc(320, 2), 0, m => sent.push(audioOf(m)))
    expect(sent).toEqual([Buffer.alloc(320, 2)])
  })
})

test('message lengths outside 20..100 ms are brought inside', () => {
  for (const [asked, bytes] of [
    [1, 160],
    [5000, 800],
  ] as const) {
    const sent: Buffer[] = []
    createUpstream(PCMU, asked).push(Buffer.alloc(bytes), 0, m => sent.push(audioOf(m)))
    expect(sent.map(s => s.length)).toEqual([bytes])
  }
})
