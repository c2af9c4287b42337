import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SessionConfig } from '#runtime/call/ports.ts'
import { command, configure } from './commands.ts'
import { receive, SERVER_EVENTS } from './protocol.ts'
import { audio } from './responses.ts'
import { createState, type OpenAIState, type Out } from './state.ts'

const CONFIG: SessionConfig = {
  model: 'm',
  instructions: '',
  tools: [],
  format: { encoding: 'pcmu', rateHz: 8000 },
  responses: 'provider',
  vendor: {},
  metadata: {},
}

let state: OpenAIState
let out: Out

/** An event as it comes off the wire; `event_id` is filled in. */
type Wire<T = RealtimeServerEvent> = T extends { type: string } ? Omit<T, 'event_id'> : never
function feed(...events: Wire[]): Out['events'] {
  const from = out.events.length
  for (const event of events) receive(state, JSON.parse(JSON.stringify({ event_id: 'event_1', ...event })), out)
  return out.events.slice(from)
}

const created = (id: string): Wire => ({ type: 'response.created', response: { id, status: 'in_progress' } })
const message = (id: string, transcript?: string, status: 'completed' | 'incomplete' = 'completed') => ({
  type: 'message' as const,
  role: 'assistant' as const,
  id,
  status,
  content: transcript === undefined ? [] : [{ type: 'output_audio' as const, transcript }],
})
const call = (call_id: string, status: 'completed' | 'incomplete' = 'completed') => ({
  type: 'function_call' as const,
  id: `item_${call_id}`,
  call_id,
  name: 'find',
  arguments: '{"day":"today"}',
  status,
})
const RIOC = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0 }
const failure = (code: string | null, over: Record<string, unknown> = {}): Wire => ({
  type: 'error',
  error: { type: 'invalid_request_error', code, message: 'as they say', ...over },
})

beforeEach(() => {
  state = createState(CONFIG, [])
  out = { events: [], send: [] }
  feed(
    { type: 'session.created', session: { type: 'realtime' } },
    { type: 'session.updated', session: { type: 'realtime' } },
  )
  out.events.length = 0
})

describe('the table', () => {
  test('knows all 46 server events of the vendor’s package, and nothing of Object', () => {
    expect(SERVER_EVENTS).toHaveLength(46)
    for (const type of ['constructor', 'toString', '__proto__', 'response.cancelled', 42, null, undefined]) {
      receive(state, { type }, out)
    }
    for (const odd of [null, 1, 'error', [], {}]) receive(state, odd, out)
    expect(out.events).toEqual([])
    expect(state.skipped['?']).toBe(12)
  })

  test('an event that is not in the vendor’s shape is told as an error, and harms nothing', () => {
    for (const type of SERVER_EVENTS) receive(state, { type }, out)
    for (const event of out.events) expect(['error', 'transcript', 'usage', 'speech', 'toolCall']).toContain(event.type)
    expect(out.events.filter(e => e.type === 'error').map(e => e.code)).toContain('SB_SESSION_PROTOCOL')
    expect(state.phase).toBe('ready')
  })

  test('the output of a tool is taken when it is in the conversation', () => {
    const item = { id: 'i', type: 'function_call_output', call_id: 'c', output: '[]' } as const
    expect(feed({ type: 'conversation.item.added', item })).toEqual([{ type: 'toolTaken', call: 'c' }])
  })

  test('ignored events are counted and say nothing', () => {
    const ignored: Wire[] = [
      { type: 'conversation.item.added', item: message('i') },
      { type: 'input_audio_buffer.committed', item_id: 'i' },
      { type: 'input_audio_buffer.cleared' },
      { type: 'conversation.item.truncated', item_id: 'i', content_index: 0, audio_end_ms: 0 },
      { type: 'response.function_call_arguments.delta', ...RIOC, call_id: 'c', delta: '{' },
      { type: 'input_audio_buffer.dtmf_event_received', event: '1', received_at: 1 },
      { type: 'output_audio_buffer.started', response_id: 'r' },
    ]
    expect(feed(...ignored)).toEqual([])
    expect(state.skipped['input_audio_buffer.cleared']).toBe(1)
    expect(out.send.filter(e => e.type !== 'session.update')).toEqual([])
  })
})

describe('the caller', () => {
  test('speech, with the place in the session’s input', () => {
    expect(
      feed(
        { type: 'input_audio_buffer.speech_started', audio_start_ms: 1200, item_id: 'u' },
        { type: 'input_audio_buffer.speech_stopped', audio_end_ms: 2400, item_id: 'u' },
      ),
    ).toEqual([
      { type: 'speech', started: true, audioMs: 1200, item: 'u' },
      { type: 'speech', started: false, audioMs: 2400, item: 'u' },
    ])
  })

  test('words in pieces, then whole, with what they cost', () => {
    const usage = { type: 'duration' as const, seconds: 2 }
    expect(
      feed(
        { type: 'conversation.item.input_audio_transcription.delta', item_id: 'u', content_index: 0, delta: 'Good ' },
        { type: 'conversation.item.input_audio_transcription.delta', item_id: 'u', content_index: 0 },
        {
          type: 'conversation.item.input_audio_transcription.completed',
          item_id: 'u',
          content_index: 0,
          transcript: 'Good day',
          usage,
        },
      ),
    ).toEqual([
      { type: 'transcript', role: 'caller', item: 'u', text: 'Good ', final: false },
      { type: 'transcript', role: 'caller', item: 'u', text: 'Good day', final: true },
      { type: 'usage', kind: 'transcription', usage },
    ])
  })

  test('words that could not be had', () => {
    const [event] = feed({
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: 'u',
      content_index: 0,
      error: { code: 'audio_unintelligible' },
    })
    expect(event).toMatchObject({ type: 'error', code: 'SB_SESSION_TRANSCRIPTION' })
    expect((event as { message: string }).message).toContain('audio_unintelligible')
  })
})

describe('a response', () => {
  test('that speaks', () => {
    const usage = { total_tokens: 9 }
    const heard = feed(
      created('r'),
      created('r'),
      { type: 'response.output_item.added', response_id: 'r', output_index: 0, item: message('i') },
      { type: 'response.content_part.added', ...RIOC, part: { type: 'audio' } },
      { type: 'response.output_audio_transcript.delta', ...RIOC, delta: 'Hel' },
    )
    audio(state, 'r', 'i', 160, out)
    expect(heard).toEqual([
      { type: 'responseStarted', response: 'r' },
      { type: 'item', response: 'r', item: 'i' },
      { type: 'transcript', role: 'agent', item: 'i', text: 'Hel', final: false },
    ])
    expect(
      feed(
        { type: 'response.output_audio.done', ...RIOC },
        { type: 'response.output_audio_transcript.done', ...RIOC, transcript: 'Hello' },
        { type: 'response.output_item.done', response_id: 'r', output_index: 0, item: message('i', 'Hello') },
        { type: 'response.done', response: { id: 'r', status: 'completed', output: [message('i', 'Hello')], usage } },
        { type: 'response.done', response: { id: 'r', status: 'completed' } },
      ),
    ).toEqual([
      { type: 'itemDone', item: 'i' },
      { type: 'transcript', role: 'agent', item: 'i', text: 'Hello', final: true },
      { type: 'responseDone', response: 'r', status: 'completed', items: 1, toolCalls: 0, usage },
    ])
  })

  test('whose item is first known by its audio', () => {
    feed(created('r'))
    expect(audio(state, 'r', 'i', 160, out)).toBe(true)
    expect(audio(state, 'r', 'i', 160, out)).toBe(true)
    expect(out.events.slice(1)).toEqual([{ type: 'item', response: 'r', item: 'i' }])
  })

  test('with two items: each begins and ends once', () => {
    feed(created('r'))
    audio(state, 'r', 'a', 160, out)
    audio(state, 'r', 'b', 160, out)
    feed({ type: 'response.output_audio.done', ...RIOC, item_id: 'a' })
    expect(feed({ type: 'response.done', response: { id: 'r', status: 'completed' } })).toEqual([
      { type: 'itemDone', item: 'b' },
      { type: 'responseDone', response: 'r', status: 'completed', items: 2, toolCalls: 0 },
    ])
  })

  test('that is cancelled: what still comes is not heard, the cut words are told, the item ends', () => {
    feed(created('r'))
    audio(state, 'r', 'i', 160, out)
    command(state, { do: 'cancel', response: 'r' }, out)
    expect(out.send.at(-1)).toMatchObject({ type: 'response.cancel', response_id: 'r' })
    expect(audio(state, 'r', 'i', 160, out)).toBe(false)
    expect(
      feed({
        type: 'response.done',
        response: {
          id: 'r',
          status: 'cancelled',
          status_details: { type: 'cancelled', reason: 'client_cancelled' },
          output: [message('i', 'Hel', 'incomplete')],
        },
      }),
    ).toEqual([
      { type: 'transcript', role: 'agent', item: 'i', text: 'Hel', final: true },
      { type: 'itemDone', item: 'i' },
      { type: 'responseDone', response: 'r', status: 'cancelled', code: 'client_cancelled', items: 1, toolCalls: 0 },
    ])
  })

  test.each([
    [
      'failed',
      { error: { type: 'server_error', code: 'inference_rate_limit_exceeded' } },
      'inference_rate_limit_exceeded',
    ],
    ['failed', { error: { type: 'server_error' } }, 'server_error'],
    ['incomplete', { reason: 'max_output_tokens' }, 'max_output_tokens'],
    ['incomplete', { reason: 'content_filter' }, 'content_filter'],
    ['cancelled', { reason: 'turn_detected' }, 'turn_detected'],
    ['failed', undefined, 'unknown'],
  ] as const)('that ends %s: %o → %s', (status, status_details, code) => {
    feed(created('r'))
    const response = { id: 'r', status, output: [], ...(status_details ? { status_details } : {}) }
    expect(feed({ type: 'response.done', response })).toEqual([
      { type: 'responseDone', response: 'r', status, code, items: 0, toolCalls: 0 },
    ])
  })

  test('that completes with nothing in it is seen to be empty', () => {
    feed(
      created('r'),
      { type: 'response.output_item.added', response_id: 'r', output_index: 0, item: message('i') },
      { type: 'response.content_part.added', ...RIOC, part: { type: 'audio' } },
    )
    expect(
      feed({ type: 'response.done', response: { id: 'r', status: 'completed', output: [message('i', '')] } }).at(-1),
    ).toMatchObject({ type: 'responseDone', items: 0, toolCalls: 0 })
  })

  test('of text only has no audio item', () => {
    feed(created('r'))
    expect(
      feed(
        { type: 'response.content_part.added', ...RIOC, part: { type: 'text' } },
        { type: 'response.output_text.delta', ...RIOC, delta: 'Hi' },
        { type: 'response.output_text.done', ...RIOC, text: 'Hi' },
        { type: 'response.done', response: { id: 'r', status: 'completed' } },
      ),
    ).toEqual([
      { type: 'transcript', role: 'agent', item: 'i', text: 'Hi', final: false },
      { type: 'transcript', role: 'agent', item: 'i', text: 'Hi', final: true },
      { type: 'responseDone', response: 'r', status: 'completed', items: 1, toolCalls: 0 },
    ])
  })
})

describe('function calls are told exactly once', () => {
  const told = { type: 'toolCall', call: 'c', name: 'find', args: '{"day":"today"}', response: 'r' }
  const args: Wire = {
    type: 'response.function_call_arguments.done',
    ...RIOC,
    call_id: 'c',
    name: 'find',
    arguments: '{"day":"today"}',
  }
  const item: Wire = { type: 'response.output_item.done', response_id: 'r', output_index: 0, item: call('c') }
  const done = (output: ReturnType<typeof call>[]): Wire => ({
    type: 'response.done',
    response: { id: 'r', status: 'completed', output },
  })

  test.each<[string, Wire[]]>([
    ['by its arguments', [args, item, done([call('c')])]],
    ['by its item', [item, args, done([call('c')])]],
    ['by the end of the response', [done([call('c')]), args, item]],
    ['by its arguments alone', [args, args, done([])]],
  ])('%s', (_name, events) => {
    feed(created('r'))
    const all = feed(...events)
    expect(all.filter(e => e.type === 'toolCall')).toEqual([told])
    expect(all.findIndex(e => e.type === 'toolCall')).toBeLessThan(all.findIndex(e => e.type === 'responseDone'))
    expect(all.find(e => e.type === 'responseDone')).toMatchObject({ items: 0, toolCalls: 1 })
  })

  test('an interrupted call is not made', () => {
    feed(created('r'))
    const output = [call('c', 'incomplete')]
    expect(
      feed(
        { type: 'response.output_item.done', response_id: 'r', output_index: 0, item: output[0]! },
        { type: 'response.done', response: { id: 'r', status: 'cancelled', output } },
      ),
    ).toMatchObject([{ type: 'responseDone', status: 'cancelled', toolCalls: 0 }])
  })

  test('several in one response', () => {
    feed(created('r'))
    const all = feed(done([call('a'), call('b')]))
    expect(all.map(e => (e.type === 'toolCall' ? e.call : e.type))).toEqual(['a', 'b', 'responseDone'])
    expect(all.at(-1)).toMatchObject({ toolCalls: 2 })
  })
})

describe('errors', () => {
  test.each([
    ['response_cancel_not_active', []],
    ['input_audio_buffer_commit_empty', []],
    ['conversation_already_has_active_response', [{ type: 'error', code: 'conversation_already_has_active_response' }]],
    ['invalid_value', [{ type: 'error', code: 'invalid_value' }]],
    ['rate_limit_exceeded', [{ type: 'error', code: 'rate_limit_exceeded' }]],
    ['a_code_of_tomorrow', [{ type: 'error', code: 'a_code_of_tomorrow' }]],
    [null, [{ type: 'error', code: 'invalid_request_error' }]],
    ['session_expired', [{ type: 'closed', code: 'SB_SESSION_EXPIRED', retry: true }]],
    ['invalid_api_key', [{ type: 'closed', code: 'SB_SESSION_UNAUTHORIZED', retry: false }]],
    ['insufficient_quota', [{ type: 'closed', code: 'SB_SESSION_LIMITED', retry: false }]],
    ['model_not_found', [{ type: 'closed', code: 'SB_SESSION_NOT_FOUND', retry: false }]],
  ])('%s in a session that runs', (code, events) => {
    expect(feed(failure(code))).toMatchObject(events)
    expect(feed({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'u' })).toHaveLength(
      events[0]?.type === 'closed' ? 0 : 1,
    )
  })

  test('name the command they answer', () => {
    command(state, { do: 'respond' }, out)
    const event_id = out.send.at(-1)?.event_id ?? ''
    expect(feed(failure('conversation_already_has_active_response', { event_id }))).toMatchObject([
      { command: 'respond' },
    ])
    for (const other of ['sb_1_constructor', 'sb_x_respond', 'event_1', null, '']) {
      const [event] = feed(failure('invalid_value', { event_id: other }))
      expect(event).toMatchObject({ type: 'error' })
      expect(event).not.toHaveProperty('command')
    }
  })

  test('name the field they are about', () => {
    expect(feed(failure('invalid_value', { param: 'item.content' }))).toMatchObject([
      { message: 'invalid_value (item.content): as they say' },
    ])
  })

  test.each([
    ['invalid_value', 'invalid_request_error', 'SB_SESSION_REFUSED', false],
    ['unknown_parameter', 'invalid_request_error', 'SB_SESSION_REFUSED', false],
    [null, 'server_error', 'SB_SESSION_UNAVAILABLE', true],
    ['rate_limit_exceeded', 'invalid_request_error', 'SB_SESSION_LIMITED', true],
    ['session_expired', 'invalid_request_error', 'SB_SESSION_EXPIRED', true],
  ])('%s (%s) while it is configured is %s, retry %s', (code, type, as, retry) => {
    state = createState(CONFIG, [])
    configure(state, out)
    const event_id = out.send.at(-1)?.event_id ?? ''
    expect(feed(failure(code, { type, event_id }))).toMatchObject([{ type: 'closed', code: as, retry }])
    expect(feed({ type: 'session.updated', session: { type: 'realtime' } })).toEqual([])
  })

  test('a part of the history that is refused does not end the session', () => {
    state = createState(CONFIG, [{ role: 'agent', text: 'Hi' }])
    feed({ type: 'session.created', session: { type: 'realtime' } })
    const event_id = out.send.at(-1)?.event_id ?? ''
    expect(event_id).toContain('seed')
    expect(feed(failure('invalid_value', { event_id }))).toMatchObject([{ type: 'error', code: 'invalid_value' }])
    expect(feed({ type: 'session.updated', session: { type: 'realtime' } })).toEqual([{ type: 'ready' }])
  })
})

test('rate limits', () => {
  expect(
    feed({
      type: 'rate_limits.updated',
      rate_limits: [
        { name: 'requests', limit: 100, remaining: 99, reset_seconds: 0.5 },
        { name: 'tokens', limit: 1000, remaining: 10, reset_seconds: 30 },
        {},
      ],
    }),
  ).toEqual([{ type: 'limits', remaining: { requests: 99, tokens: 10 }, resetMs: 30_000 }])
})

test('a tool that the provider runs and fails is told', () => {
  expect(feed({ type: 'mcp_list_tools.failed', item_id: 'i' })).toMatchObject([
    { type: 'error', code: 'mcp_list_tools.failed' },
  ])
})

test('an id that every object knows is an id like any other', () => {
  for (const id of ['__proto__', 'constructor']) {
    feed(created(id), { type: 'response.output_item.added', response_id: id, item: message(id), output_index: 0 })
    audio(state, id, id, 160, out)
    const told = out.events.filter(event => event.type === 'responseStarted' && event.response === id)
    expect(told).toHaveLength(1)
    expect(state.items[id]?.bytes).toBe(160)
  }
  expect('bytes' in {} || 'bytes' in Object).toBe(false)
})
