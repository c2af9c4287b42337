import { expect, test } from 'vitest'
import type { Entry } from './conversation.ts'
import { redacted } from './live.ts'

test('the written wire holds neither the key nor audio', () => {
  const audio = Buffer.alloc(400).toString('base64')
  const entries = [
    { dir: 'out', phase: 'p', event: { type: 'input_audio_buffer.append', audio } },
    { dir: 'in', phase: 'p', event: { type: 'response.output_audio.delta', delta: audio } },
    { dir: 'in', phase: 'p', event: { type: 'error', error: { message: 'Incorrect API key provided: sk-secret' } } },
  ] as Entry[]
  const text = redacted(entries, 'sk-secret')
  expect(text).not.toContain(audio)
  expect(text).not.toContain('sk-secret')
  expect(text.match(/400 bytes/g)).toHaveLength(2)
  expect(text.trim().split('\n')).toHaveLength(3)
})
