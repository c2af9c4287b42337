import { afterEach, describe, expect, test } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { decode } from '#simulators/watermark/decode.ts'
import type { SimulatorOptions } from './options.ts'
import { type RealtimeSimulator, startRealtimeSimulator } from './start.ts'
import { connect, PCMU, type Received, silence, type TestClient, tone } from './test-client.ts'

const FAST = { latencyMs: 5, speed: 1000, headStartMs: 60_000, deltaMs: 100 }
/** Slow enough that a test can act in the middle of a response. */
const SLOW = { latencyMs: 5, speed: 1, headStartMs: 400, deltaMs: 100 }
let simulator: RealtimeSimulator | null = null

afterEach(async () => {
  await simulator?.close()
  simulator = null
})

async function open(options: SimulatorOptions = {}): Promise<TestClient> {
  simulator = await startRealtimeSimulator({ pace: FAST, transcriptionMs: 5, ...options })
  const client = await connect(simulator)
  client.send(PCMU)
  await client.next('session.updated')
  return client
}

const audioOf = (events: readonly Received[]): Uint8Array =>
  Buffer.concat(
    events.filter(e => e.type === 'response.output_audio.delta').map(e => Buffer.from(String(e['delta']), 'base64')),
  )
const doneOf = async (client: TestClient, from = 0): Promise<Record<string, unknown>> =>
  (await client.next('response.done', from))['response'] as Record<string, unknown>
const errorOf = async (client: TestClient, from = 0): Promise<unknown> => (await client.next('error', from))['error']
const userText = (text: string): Record<string, unknown> => ({
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
})

test('a session begins with session.created, and every event has an id of its own', async () => {
  const client = await open()
  expect(client.types().slice(0, 3)).toEqual(['session.created', 'conversation.created', 'session.updated'])
  expect(new Set(client.events.map(e => e['event_id'])).size).toBe(client.events.length)
})

test('a spoken turn: the order of events, the item ids and the usage', async () => {
  const client = await open({ script: { turns: [{ on: 'caller', heard: 'Hello there', say: 'Goodbye.' }] } })
  client.send({ ...PCMU, session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } } })
  client.speak(silence(200))
  client.speak(tone(600))
  client.speak(silence(600))
  const done = await doneOf(client)
  const order = client.types().filter((t, i, all) => !t.endsWith('.delta') && t !== all[i - 1])
  expect(order.filter(t => !t.includes('transcription')).slice(3)).toEqual([
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'rate_limits.updated',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
  ])
  const ids = ['speech_started', 'speech_stopped', 'committed'].map(
    t => client.events.find(e => e.type === `input_audio_buffer.${t}`)?.['item_id'],
  )
  expect(new Set(ids).size).toBe(1)
  const heard = await client.next('conversation.item.input_audio_transcription.completed')
  expect(heard).toMatchObject({ item_id: ids[0], transcript: 'Hello there' })
  expect(done).toMatchObject({ status: 'completed', usage: { output_token_details: { audio_tokens: 16 } } })
})

test('watermarked audio names the item in the log, from its first frame on, in every format', async () => {
  const client = await open({ speech: 'watermark' })
  client.send({ type: 'response.create' })
  await doneOf(client)
  const marks = decode(expand('ulaw', audioOf(client.events)))
  const item = simulator?.log.find(e => e.type === 'item')?.event
  expect(marks.map(m => m.frame)).toEqual(Array.from({ length: marks.length }, (_, i) => i))
  expect(marks.length).toBeGreaterThan(50)
  expect(new Set(marks.map(m => m.item))).toEqual(new Set([item?.['mark']]))
  const from = client.events.length
  client.send({
    type: 'response.create',
    response: { instructions: 'Say "Two"', audio: { output: { format: { type: 'audio/pcm', rate: 24_000 } } } },
  })
  await doneOf(client, from)
  const bytes = Buffer.from(audioOf(client.events.slice(from)))
  const third = Int16Array.from({ length: bytes.length / 6 }, (_, i) => bytes.readInt16LE(i * 6))
  expect(decode(third).map(m => m.frame)).toEqual(Array.from({ length: bytes.length / 6 / 160 }, (_, i) => i))
})

test('audio comes faster than real time after a head start', async () => {
  const pace = { latencyMs: 50, speed: 10, headStartMs: 500, deltaMs: 100 }
  const client = await open({ pace, script: { turns: [{ on: 'start', say: 'Words', ms: 3000 }] } })
  client.send({ type: 'response.create' })
  await doneOf(client)
  const times = simulator?.log.filter(e => e.type === 'response.output_audio.delta').map(e => e.t) ?? []
  const created = simulator?.log.find(e => e.type === 'response.created')?.t ?? 0
  expect(times).toHaveLength(30)
  expect((times[0] ?? 0) - created).toBeGreaterThanOrEqual(49)
  expect((times[29] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(235)
})

describe('one response at a time', () => {
  test('a second create is refused with the id of its event, and works after the end', async () => {
    const client = await open({ pace: SLOW })
    client.send({ type: 'response.create' })
    client.send({ type: 'response.create', event_id: 'second' })
    expect(await errorOf(client)).toMatchObject({
      code: 'conversation_already_has_active_response',
      event_id: 'second',
    })
    client.send({ type: 'response.cancel' })
    expect(await doneOf(client)).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'client_cancelled' },
    })
    const from = client.events.length
    client.send({ type: 'response.cancel' })
    expect(await errorOf(client, from)).toMatchObject({ code: 'response_cancel_not_active' })
    client.send({ type: 'response.create' })
    await client.next('response.created', from)
  })

  test('a cancelled response closes what it opened, with what was really sent', async () => {
    const client = await open({ pace: SLOW, script: { turns: [{ on: 'start', say: 'one two three four', ms: 8000 }] } })
    client.send({ type: 'response.create' })
    await client.next('response.output_audio.delta')
    client.send({ type: 'response.cancel' })
    const done = await doneOf(client)
    const deltas = client.events.filter(e => e.type === 'response.output_audio_transcript.delta').map(e => e['delta'])
    const transcript = deltas.join('').trimEnd()
    expect(transcript).not.toBe('one two three four')
    expect(await client.next('response.output_audio_transcript.done')).toMatchObject({ transcript })
    expect(done['output']).toMatchObject([{ status: 'incomplete', content: [{ transcript }] }])
    expect(client.types().slice(-6)).toEqual([
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
    ])
  })

  test('a response out of band may run beside it and leaves no item', async () => {
    const client = await open({ pace: SLOW })
    client.send({ type: 'response.create' })
    await client.next('response.output_audio.delta')
    client.send({
      type: 'response.create',
      response: { conversation: 'none', output_modalities: ['text'], metadata: { topic: 'x' } },
    })
    const done = await doneOf(client)
    expect(done).toMatchObject({ conversation_id: null, metadata: { topic: 'x' }, output_modalities: ['text'] })
    const [item] = done['output'] as { id: string }[]
    client.send({ type: 'conversation.item.retrieve', item_id: item?.id })
    expect(await errorOf(client)).toMatchObject({ code: 'item_retrieve_invalid_item_id' })
  })
})

describe('barge-in', () => {
  const turns = [{ on: 'start' as const, say: 'long', ms: 20_000 }]

  test.each([
    [true, 'cancelled'],
    [false, 'completed'],
  ])('interrupt_response %s: the response is %s', async (interrupt, status) => {
    const client = await open({ pace: { ...SLOW, speed: 60 }, script: { turns } })
    const turn_detection = { type: 'server_vad', interrupt_response: interrupt, create_response: false }
    client.send({ ...PCMU, session: { type: 'realtime', audio: { input: { turn_detection } } } })
    client.send({ type: 'response.create' })
    await client.next('response.output_audio.delta')
    client.speak(tone(300))
    await client.next('input_audio_buffer.speech_started')
    expect(await doneOf(client)).toMatchObject({ status })
    client.speak(silence(700))
    await client.next('input_audio_buffer.committed')
    expect(client.types().filter(t => t === 'response.created')).toHaveLength(1)
  })

  test('truncation is remembered, takes the transcript, and never goes beyond the audio', async () => {
    const client = await open({ script: { turns: [{ on: 'start', say: 'Goodbye.', ms: 1000 }] } })
    client.send({ type: 'response.create' })
    await doneOf(client)
    const { item_id } = await client.next('response.output_audio.delta')
    const truncate = { type: 'conversation.item.truncate', item_id, content_index: 0 }
    client.send({ ...truncate, audio_end_ms: 1040, event_id: 'beyond' })
    expect(await errorOf(client)).toMatchObject({
      code: 'invalid_value',
      message: 'Audio content of 1000ms is already shorter than 1040ms',
      event_id: 'beyond',
    })
    client.send({ ...truncate, audio_end_ms: 380 })
    expect(await client.next('conversation.item.truncated')).toMatchObject({ item_id, audio_end_ms: 380 })
    expect(simulator?.sessions[0]?.items).toMatchObject([{ audioMs: 1000, truncatedMs: 380, text: '' }])
  })

  test('what is no audio of the model cannot be truncated', async () => {
    const client = await open()
    client.send(userText('hello'))
    const { item } = (await client.next('conversation.item.done')) as unknown as { item: { id: string } }
    const truncate = { type: 'conversation.item.truncate', content_index: 0, audio_end_ms: 0 }
    client.send({ ...truncate, item_id: item.id })
    expect(await errorOf(client)).toMatchObject({ message: 'Only model output audio messages can be truncated' })
    const from = client.events.length
    client.send({ ...truncate, item_id: 'item_none' })
    expect(await errorOf(client, from)).toMatchObject({ code: 'item_truncate_invalid_item_id', param: 'item_id' })
  })
})

describe('tools', () => {
  test('parallel calls, their outputs, then the answer', async () => {
    const turns = [
      { on: 'text' as const, items: [{ call: 'find', arguments: { day: 'Tuesday' } }, { call: 'weather' }] },
      { on: 'tool' as const, tool: 'weather', say: 'Goodbye.' },
    ]
    const client = await open({ script: { turns } })
    client.send(userText('go'))
    client.send({ type: 'response.create' })
    const done = await doneOf(client)
    const calls = client.events.filter(e => e.type === 'response.function_call_arguments.done')
    expect(calls.map(c => [c['name'], c['arguments']])).toEqual([
      ['find', '{"day":"Tuesday"}'],
      ['weather', '{}'],
    ])
    const deltas = client.events.filter(e => e.type === 'response.function_call_arguments.delta')
    expect(deltas.map(d => d['delta']).join('')).toBe('{"day":"Tuesday"}{}')
    expect(done['output']).toMatchObject([{ type: 'function_call' }, { type: 'function_call' }])
    const from = client.events.length
    for (const { call_id } of calls) {
      client.send({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id, output: '{}' } })
    }
    client.send({ type: 'response.create' })
    expect(await client.next('response.output_audio_transcript.done', from)).toMatchObject({ transcript: 'Goodbye.' })
  })

  test('the output of a call that was never made is refused; tool_choice none makes no call', async () => {
    const client = await open({
      script: { turns: [{ on: 'start', items: [{ say: 'Goodbye.' }, { call: 'end_call' }] }] },
    })
    client.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: 'call_x', output: '' },
    })
    expect(await errorOf(client)).toMatchObject({ code: 'invalid_tool_call_id' })
    client.send({ type: 'response.create', response: { tool_choice: 'none' } })
    expect((await doneOf(client))['output']).toMatchObject([{ type: 'message' }])
  })
})

test('several audio items of one response have their own ids and indices', async () => {
  const client = await open({
    script: { turns: [{ on: 'start', items: [{ say: 'One' }, { say: 'Two' }, { say: 'Three' }] }] },
  })
  client.send({ type: 'response.create' })
  await doneOf(client)
  const added = client.events.filter(e => e.type === 'response.output_item.added')
  expect(added.map(e => e['output_index'])).toEqual([0, 1, 2])
  expect(new Set(added.map(e => (e['item'] as { id: string }).id)).size).toBe(3)
})

test('turn detection off: commit and create by hand, an empty commit is refused', async () => {
  const client = await open()
  client.send({ ...PCMU, session: { type: 'realtime', audio: { input: { turn_detection: null } } } })
  client.send({ type: 'input_audio_buffer.commit' })
  expect(await errorOf(client)).toMatchObject({ code: 'input_audio_buffer_commit_empty' })
  client.speak(tone(300))
  client.speak(silence(1000))
  client.send({ type: 'input_audio_buffer.commit' })
  const { item_id } = await client.next('input_audio_buffer.committed')
  expect(client.types()).not.toContain('input_audio_buffer.speech_started')
  client.send({ type: 'response.create' })
  await doneOf(client)
  expect(simulator?.sessions[0]?.items[0]).toMatchObject({ item: item_id, role: 'user', audioMs: 1300 })
})

test('items: client ids, places, duplicates, deletion', async () => {
  const client = await open()
  const create = (id: string, more: object = {}): void =>
    client.send({ ...userText(id), ...more, item: { ...(userText(id)['item'] as object), id } })
  create('a')
  create('b', { previous_item_id: 'root' })
  create('c', { previous_item_id: 'b' })
  client.send({ type: 'conversation.item.delete', item_id: 'b' })
  await client.next('conversation.item.deleted')
  expect(simulator?.sessions[0]?.items.map(i => i.item)).toEqual(['c', 'a'])
  create('a')
  expect(await errorOf(client)).toMatchObject({ param: 'item.id' })
  const from = client.events.length
  create('d', { previous_item_id: 'gone' })
  expect(await errorOf(client, from)).toMatchObject({ code: 'item_not_found', param: 'previous_item_id' })
})

test('the idle timeout asks by itself', async () => {
  const client = await open({ script: { turns: [{ on: 'start', say: 'Hm', ms: 20 }] } })
  const turn_detection = { type: 'server_vad', idle_timeout_ms: 60 }
  client.send({ ...PCMU, session: { type: 'realtime', audio: { input: { turn_detection } } } })
  client.send({ type: 'response.create' })
  await client.next('input_audio_buffer.timeout_triggered')
  const from = client.types().indexOf('input_audio_buffer.timeout_triggered')
  expect(await client.next('response.output_audio_transcript.done', from)).toMatchObject({
    transcript: 'Are you still there?',
  })
})

test('the voice is fixed once it was heard', async () => {
  const client = await open()
  client.send({ type: 'response.create' })
  await doneOf(client)
  client.send({ type: 'session.update', session: { type: 'realtime', audio: { output: { voice: 'cedar' } } } })
  expect(await errorOf(client)).toMatchObject({ code: 'cannot_update_voice' })
})

test('a session ends at its limit with session_expired and 1001', async () => {
  const client = await open({ sessionMs: 100 })
  expect(await errorOf(client)).toMatchObject({ code: 'session_expired' })
  expect((await client.closed).code).toBe(1001)
})
