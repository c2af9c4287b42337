import * as fc from 'fast-check'
import type { InputAudioBufferAppendEvent } from 'openai/resources/realtime/realtime'
import { describe, expect, test } from 'vitest'
import type { AudioFormat } from '#runtime/media/format.ts'
import { enveloped } from './enveloped.ts'
import { createUpstream as create, type Sink, type Upstream } from './upstream.ts'

const PCMU: AudioFormat = { encoding: 'pcmu', rateHz: 8000 }
const PCM: AudioFormat = { encoding: 'pcm16', rateHz: 24_000 }

const appendMessage = enveloped('{"type":"input_audio_buffer.append","audio":"', '"}')
const createUpstream = (format: AudioFormat, ms: number): Upstream => create(format, ms, appendMessage)

const audioOf = (message: Buffer): Buffer =>
  Buffer.from((JSON.parse(message.toString()) as InputAudioBufferAppendEvent).audio, 'base64')

/** A socket that holds so many bytes unsent, and what it was given. */
const socket = (buffered = 0): Sink & { readonly audio: Buffer[] } => {
  const audio: Buffer[] = []
  return { buffered, audio, sendSoon: message => audio.push(audioOf(message)) }
}

test('the message is JSON of the vendor’s shape, whatever the audio', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), bytes => {
      const audio = Buffer.from(bytes)
      const expected: InputAudioBufferAppendEvent = {
        type: 'input_audio_buffer.append',
        audio: audio.toString('base64'),
      }
      expect(appendMessage(audio).toString()).toBe(JSON.stringify(expected))
    }),
  )
})

test('whatever the frames, every byte is sent once, in order, in messages of one length', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 700 })), fc.constantFrom(20, 40, 60, 100), (frames, ms) => {
      const to = socket()
      const upstream = createUpstream(PCMU, ms)
      for (const frame of frames) {
        const before = to.audio.length
        expect(upstream.push(frame, to)).toBe(to.audio.length > before ? 0 : null)
      }
      const all = Buffer.concat(frames)
      const sent = to.audio
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
    const full = socket(1_000_000)
    let dropped = 0
    for (let i = 0; i < 20; i++) dropped += upstream.push(Buffer.alloc(size, i), full) ?? 0
    expect(full.audio).toEqual([])
    expect(dropped).toBe((20 - most) * size)
    const drained = socket()
    upstream.push(Buffer.alloc(size, 99), drained)
    expect(drained.audio.map(s => s[0])).toEqual([...Array.from({ length: most }, (_, i) => 20 - most + i), 99])
  })

  test('a little unsent is no reason to wait', () => {
    const to = socket(1000)
    createUpstream(PCMU, 40).push(Buffer.alloc(320), to)
    expect(to.audio).toHaveLength(1)
  })

  test('clear forgets what waits and what is half full', () => {
    const upstream = createUpstream(PCMU, 40)
    const to = socket()
    upstream.push(Buffer.alloc(480, 1), socket(1_000_000))
    upstream.clear()
    upstream.push(Buffer.alloc(320, 2), to)
    expect(to.audio).toEqual([Buffer.alloc(320, 2)])
  })
})

test('message lengths outside 20..100 ms are brought inside', () => {
  for (const [asked, bytes] of [
    [1, 160],
    [5000, 800],
  ] as const) {
    const to = socket()
    createUpstream(PCMU, asked).push(Buffer.alloc(bytes), to)
    expect(to.audio.map(s => s.length)).toEqual([bytes])
  }
})
