import { afterEach, expect, test } from 'vitest'
import type { FaultInput } from './faults.ts'
import type { SimulatorOptions } from './options.ts'
import { type RealtimeSimulator, startRealtimeSimulator } from './start.ts'
import { connect, PCMU, type TestClient } from './test-client.ts'

const FAST = { latencyMs: 5, speed: 1000, headStartMs: 60_000, deltaMs: 100 }
let simulator: RealtimeSimulator | null = null

afterEach(async () => {
  await simulator?.close()
  simulator = null
})

async function start(options: SimulatorOptions = {}): Promise<RealtimeSimulator> {
  simulator = await startRealtimeSimulator({ pace: FAST, ...options })
  return simulator
}

async function open(options: SimulatorOptions = {}): Promise<TestClient> {
  const client = await connect(await start(options))
  client.send(PCMU)
  await client.next('session.updated')
  return client
}

test.each([
  ['', '?model=x', 401],
  ['bad', '?model=x', 401],
  ['good', '', 400],
  ['good', '?model=x&intent=transcription', 400],
  ['good', '?call_id=rtc_1', 404],
])('key "%s" with "%s" is answered with %i', async (key, query, status) => {
  await start({ badKeys: ['bad'] })
  await expect(connect(simulator as RealtimeSimulator, query, key)).rejects.toThrow(`HTTP ${status}`)
})

test.each([401, 429, 503])('an upgrade refused with %i, once', async status => {
  const sim = await start({ faults: [{ kind: 'refuse', status }] })
  await expect(connect(sim)).rejects.toThrow(`HTTP ${status}`)
  await expect(connect(sim)).resolves.toBeDefined()
})

test('a session that starts slowly', async () => {
  const client = await connect(await start({ faults: [{ kind: 'slowStart', ms: 500 }] }))
  await new Promise(resolve => setTimeout(resolve, 60))
  expect(client.events).toEqual([])
  await client.next('session.created')
})

test.each<[FaultInput, object]>([
  [{ kind: 'empty' }, { status: 'completed', output: [] }],
  [{ kind: 'failed' }, { status: 'failed', status_details: { error: { code: 'inference_rate_limit_exceeded' } } }],
  [
    { kind: 'failed', code: 'server_error' },
    { status: 'failed', status_details: { error: { code: 'server_error' } } },
  ],
  [
    { kind: 'incomplete', audioMs: 300, reason: 'content_filter' },
    { status: 'incomplete', status_details: { reason: 'content_filter' }, output: [{ status: 'incomplete' }] },
  ],
])('%j strikes one response; the next one is sound', async (fault, expected) => {
  const client = await open({ faults: [fault] })
  client.send({ type: 'response.create' })
  expect((await client.next('response.done'))['response']).toMatchObject(expected)
  const from = client.events.length
  client.send({ type: 'response.create' })
  expect((await client.next('response.done', from))['response']).toMatchObject({ status: 'completed' })
})

test.each([{ kind: 'failed' }, { kind: 'empty' }] as const)(
  '$kind: the response did not use its turn up',
  async fault => {
    const script = { turns: [{ on: 'start' as const, say: 'Goodbye.' }] }
    const client = await open({ script, faults: [fault] })
    client.send({ type: 'response.create' })
    await client.next('response.done')
    client.send({ type: 'response.create' })
    expect(await client.next('response.output_audio_transcript.done')).toMatchObject({ transcript: 'Goodbye.' })
  },
)

test('a fault that a turn brings strikes once, and the turn comes again', async () => {
  const script = { turns: [{ on: 'start' as const, say: 'Goodbye.', fault: { kind: 'failed' as const } }] }
  const client = await open({ script })
  client.send({ type: 'response.create' })
  expect((await client.next('response.done'))['response']).toMatchObject({ status: 'failed' })
  client.send({ type: 'response.create' })
  expect(await client.next('response.output_audio_transcript.done')).toMatchObject({ transcript: 'Goodbye.' })
})

test('a dropped socket has no close frame; a code has one', async () => {
  const client = await open()
  simulator?.inject({ kind: 'drop' })
  expect((await client.closed).code).toBe(1006)
  const other = await connect(simulator as RealtimeSimulator)
  simulator?.inject({ kind: 'drop', code: 1011 })
  expect((await other.closed).code).toBe(1011)
})

test('a stall holds everything back, then sends it in order', async () => {
  const client = await open()
  simulator?.inject({ kind: 'stall', ms: 600 })
  await new Promise(resolve => setTimeout(resolve, 30))
  const before = client.events.length
  client.send({ type: 'response.create' })
  await new Promise(resolve => setTimeout(resolve, 80))
  expect(client.events).toHaveLength(before)
  await client.next('response.done')
  expect(client.types()[before]).toBe('response.created')
})

test.each<[FaultInput, string]>([
  [{ kind: 'error', code: 'boom' }, 'error'],
  [{ kind: 'garbage' }, 'response.nobody_knows.delta'],
  [{ kind: 'garbage', form: 'text' }, 'not json'],
  [{ kind: 'garbage', form: 'binary' }, 'not json'],
])('%j reaches the client as %s, and the session lives on', async (fault, type) => {
  const client = await open()
  simulator?.inject(fault)
  await client.next(type)
  client.send({ type: 'response.create' })
  expect((await client.next('response.done'))['response']).toMatchObject({ status: 'completed' })
})

test('a fault may wait for a response, and a turn may bring its own', async () => {
  const script = {
    turns: [{ on: 'start' as const, say: 'Goodbye.', fault: { kind: 'drop' as const, when: 'response' as const } }],
  }
  const client = await open({ script })
  client.send({ type: 'response.create' })
  expect((await client.closed).code).toBe(1006)
  expect(client.types()).toContain('response.created')
})

test('a slow response', async () => {
  const client = await open({ faults: [{ kind: 'slow', ms: 120 }] })
  client.send({ type: 'response.create' })
  await client.next('response.output_audio.delta')
  const at = (type: string): number => simulator?.log.find(e => e.type === type)?.t ?? 0
  expect(at('response.output_audio.delta') - at('response.created')).toBeGreaterThanOrEqual(119)
})

test('requests beyond the rate limit fail', async () => {
  const client = await open({ rateLimits: { requests: 1, tokens: 1000 } })
  client.send({ type: 'response.create' })
  await client.next('response.done')
  const from = client.events.length
  client.send({ type: 'response.create' })
  expect(await client.next('rate_limits.updated', from)).toMatchObject({ rate_limits: [{ remaining: 0 }, {}] })
  expect((await client.next('response.done', from))['response']).toMatchObject({
    status_details: { error: { code: 'rate_limit_exceeded' } },
  })
})

test('the control endpoint: sessions, log, faults', async () => {
  const client = await open()
  const base = `http://127.0.0.1:${simulator?.port}/_sim`
  const sessions = (await (await fetch(`${base}/sessions`)).json()) as { id: string; open: boolean }[]
  expect(sessions).toMatchObject([{ open: true }])
  const log = (await (await fetch(`${base}/sessions/${sessions[0]?.id}/log`)).text()).trim().split('\n')
  expect(log.map(line => (JSON.parse(line) as { type: string }).type)).toContain('session.updated')
  const bad = await fetch(`${base}/faults`, { method: 'POST', body: '{"kind":"nothing"}' })
  expect(bad.status).toBe(400)
  const good = await fetch(`${base}/faults`, { method: 'POST', body: '{"kind":"drop"}' })
  expect(good.status).toBe(200)
  expect((await client.closed).code).toBe(1006)
  await fetch(`${base}/faults`, { method: 'POST', body: '{"kind":"refuse"}' })
  expect(simulator?.faults).toHaveLength(1)
  await fetch(`${base}/faults`, { method: 'DELETE' })
  expect(simulator?.faults).toHaveLength(0)
})

test('the log keeps no audio, and no more than it may', async () => {
  const client = await open({ logLimit: 20 })
  for (let i = 0; i < 5; i++) {
    const from = client.events.length
    client.send({ type: 'response.create' })
    await client.next('response.done', from)
  }
  expect(simulator?.log.length).toBeLessThanOrEqual(22)
  expect(JSON.stringify(simulator?.log).length).toBeLessThan(40_000)
})

test('closing twice is closing once, and the client is told', async () => {
  const client = await open()
  await Promise.all([simulator?.close(), simulator?.close()])
  expect((await client.closed).code).toBe(1006)
  await simulator?.close()
})
