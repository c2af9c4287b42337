import { describe, expect, test } from 'vitest'
import { checkClientEvent } from './client-events.ts'

const session = (fields: object): object => ({ type: 'session.update', session: { type: 'realtime', ...fields } })
const item = (fields: object): object => ({ type: 'conversation.item.create', item: fields })

describe('refused, as the vendor refuses', () => {
  test.each([
    [{ type: 'session.upgrade' }, 'invalid_value', 'type'],
    [{}, 'missing_required_parameter', 'type'],
    [{ type: 'session.update', session: {} }, 'missing_required_parameter', 'session.type'],
    [{ type: 'session.update' }, 'missing_required_parameter', 'session'],
    [session({ voice: 'marin' }), 'unknown_parameter', 'session.voice'],
    [session({ temperature: 0.8 }), 'unknown_parameter', 'session.temperature'],
    [session({ input_audio_format: 'g711_ulaw' }), 'unknown_parameter', 'session.input_audio_format'],
    [session({ instructions: 7 }), 'invalid_type', 'session.instructions'],
    [session({ output_modalities: ['audio', 'text'] }), 'invalid_value', 'session.output_modalities'],
    [
      session({ audio: { output: { format: { type: 'g711_ulaw' } } } }),
      'invalid_value',
      'session.audio.output.format.type',
    ],
    [
      session({ audio: { input: { format: { type: 'audio/pcm', rate: 16_000 } } } }),
      'invalid_value',
      'session.audio.input.format.rate',
    ],
    [
      session({ audio: { input: { turn_detection: { type: 'server_vad', threshold: 1.5 } } } }),
      'invalid_value',
      'session.audio.input.turn_detection.threshold',
    ],
    [
      session({ audio: { input: { turn_detection: { type: 'semantic_vad', threshold: 0.5 } } } }),
      'unknown_parameter',
      'session.audio.input.turn_detection.threshold',
    ],
    [session({ audio: { output: { speed: 3 } } }), 'invalid_value', 'session.audio.output.speed'],
    [session({ tools: [{ type: 'function' }] }), 'missing_required_parameter', 'session.tools[0].name'],
    [session({ max_output_tokens: -5 }), 'invalid_value', 'session.max_output_tokens'],
    [{ type: 'input_audio_buffer.append' }, 'missing_required_parameter', 'audio'],
    [{ type: 'input_audio_buffer.commit', item_id: 'x' }, 'unknown_parameter', 'item_id'],
    [
      item({ type: 'message', role: 'user', content: [{ type: 'text', text: 'x' }] }),
      'invalid_value',
      'item.content[0].type',
    ],
    [item({ type: 'message', role: 'bot', content: [] }), 'invalid_value', 'item.role'],
    [item({ type: 'function_call_output', output: 'x' }), 'missing_required_parameter', 'item.call_id'],
    [item({ type: 'function_call_output', call_id: 'x', output: { a: 1 } }), 'invalid_type', 'item.output'],
    [
      { type: 'conversation.item.truncate', item_id: 'x', content_index: 0, audio_end_ms: 12.5 },
      'invalid_type',
      'audio_end_ms',
    ],
    [
      { type: 'conversation.item.truncate', item_id: 'x', content_index: 0, audio_end_ms: -1 },
      'invalid_value',
      'audio_end_ms',
    ],
    [{ type: 'response.create', response: { modalities: ['audio'] } }, 'unknown_parameter', 'response.modalities'],
    [{ type: 'response.create', response: { conversation: 'other' } }, 'invalid_value', 'response.conversation'],
  ])('%j', (event, code, param) => {
    const checked = checkClientEvent(JSON.stringify({ ...event, event_id: 'mine' }))
    expect('refusal' in checked ? { ...checked.refusal, eventId: checked.eventId } : checked).toMatchObject({
      type: 'invalid_request_error',
      code,
      param,
      eventId: 'mine',
    })
  })

  test.each(['not json', '[]', 'null', '7', '"x"'])('%s is not an event', text => {
    expect(checkClientEvent(text)).toMatchObject({ refusal: { code: 'invalid_json', param: null } })
  })

  test('the wording names what is supported', () => {
    const checked = checkClientEvent(JSON.stringify(session({ tool_choice: 'maybe' })))
    expect('refusal' in checked && checked.refusal.message).toBe(
      "Invalid value: 'maybe'. Supported values are: 'none', 'auto', 'required'.",
    )
  })
})

describe('taken', () => {
  test.each([
    session({}),
    session({ instructions: '', tools: [], audio: { input: { turn_detection: null, noise_reduction: null } } }),
    session({ model: 'whatever-comes', reasoning: { effort: 'low' }, parallel_tool_calls: true, tracing: 'auto' }),
    session({
      audio: { output: { voice: { id: 'voice_1' } } },
      truncation: { type: 'retention_ratio', retention_ratio: 0.8 },
    }),
    session({ tools: [{ type: 'mcp', server_label: 'crm', server_url: 'https://crm.example' }] }),
    item({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] }),
    item({ type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Keys: 1' }] }),
    item({ id: 'mine', type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }),
    { type: 'response.create' },
    { type: 'response.create', response: { conversation: 'none', metadata: { a: 'b' }, input: [] } },
    { type: 'response.create', response: { input: [{ type: 'item_reference', id: 'item_1' }] } },
    { type: 'response.cancel', response_id: 'resp_1' },
  ])('%j', event => {
    expect(checkClientEvent(JSON.stringify(event))).toHaveProperty('event')
  })
})
