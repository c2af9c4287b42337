import { expect, test } from 'vitest'
import { newSession, SessionUpdate, updated } from './session-shape.ts'

const now = newSession('sess_1', 'gpt-realtime-2.1', 0)
const update = (fields: object): SessionUpdate => SessionUpdate.parse({ type: 'realtime', ...fields })

test('only what an update says changes', () => {
  const next = updated(now, update({ audio: { output: { voice: 'marin' } } }), false)
  expect(next).toEqual({ ...now, audio: { ...now.audio, output: { ...now.audio.output, voice: 'marin' } } })
})

test('null and empty clear', () => {
  const full = updated(now, update({ instructions: 'x', tools: [{ type: 'function', name: 'f' }] }), false)
  if ('message' in full) throw new Error(full.message)
  const cleared = updated(
    full,
    update({ instructions: '', tools: [], audio: { input: { turn_detection: null } } }),
    false,
  )
  expect(cleared).toMatchObject({ instructions: '', tools: [], audio: { input: { turn_detection: null } } })
})

test('turn detection gets its defaults', () => {
  expect(updated(now, update({ audio: { input: { turn_detection: { type: 'server_vad' } } } }), false)).toMatchObject({
    audio: {
      input: {
        turn_detection: {
          threshold: 0.5,
          prefix_padding_ms: 300,
          silence_duration_ms: 500,
          create_response: true,
          interrupt_response: true,
          idle_timeout_ms: null,
        },
      },
    },
  })
})

test('the model never changes, the voice not once it was heard', () => {
  expect(updated(now, update({ model: 'other' }), false)).toMatchObject({
    code: 'invalid_value',
    param: 'session.model',
  })
  expect(updated(now, update({ model: 'gpt-realtime-2.1' }), true)).toMatchObject({ model: 'gpt-realtime-2.1' })
  const voice = update({ instructions: 'x', audio: { output: { voice: 'cedar' } } })
  expect(updated(now, voice, false)).toMatchObject({ instructions: 'x' })
  expect(updated(now, voice, true)).toMatchObject({ code: 'cannot_update_voice' })
  expect(updated(now, update({ audio: { output: { voice: 'alloy' } } }), true)).toMatchObject({ type: 'realtime' })
})
