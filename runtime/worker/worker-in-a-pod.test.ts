/** A worker as its operator uses it: what it acknowledges, what it says of Secrets, what outlives its process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type LoadLine, loadLineSchema, type SecretState } from '#runtime/contract/load-line.ts'
import { KeptState } from './kept-state.ts'
import { createLogger } from './logger.ts'
import { Phone } from './testing/phone.ts'
import { type Provider, startProvider } from './testing/provider.ts'
import { startTestWorker, type TestWorkerOptions, testBehaviour } from './testing/test-worker.ts'
import type { Worker } from './worker.ts'

const NUMBER = '+14155550111'
let open: { close(): unknown }[] = []
let directory = ''
let provider: Provider

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pod-'))
  provider = await startProvider()
})
afterEach(async () => {
  for (const one of open) await one.close()
  open = []
  await provider.close()
  rmSync(directory, { recursive: true })
})

async function start(options: TestWorkerOptions['more'] = {}): Promise<Worker> {
  const state = await KeptState.open(directory, createLogger('silent'))
  const worker = await startTestWorker(provider.baseURL, { more: { state, ...options } })
  open.push(worker)
  return worker
}

const PBX = { key: 'acme/pbx', peers: [{ signalling: ['127.0.0.0/8'], media: ['127.0.0.0/8'] }], codecs: ['PCMU'] }
const revision = (more: object = {}) => ({
  v: 1,
  id: 'request-1',
  agent: 'acme/other',
  content: testBehaviour(provider.baseURL, {
    model: { ...MODEL, openAI: { ...MODEL.openAI, baseURL: provider.baseURL } },
  }),
  routes: [{ trunk: PBX, numbers: [{ number: NUMBER }] }],
  ...more,
})
const MODEL = {
  provider: 'OpenAI',
  openAI: { model: 'gpt-realtime-2.1' },
  credentialsRef: { kind: 'Secret', name: 'openai', key: 'apiKey' },
}

async function send(worker: Worker, method: string, path: string, body: unknown): Promise<Response> {
  return fetch(`http://127.0.0.1:${worker.httpPort}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function line(worker: Worker): Promise<LoadLine> {
  const response = await fetch(`http://127.0.0.1:${worker.httpPort}/v1/load`)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return loadLineSchema.parse(JSON.parse(Buffer.from(value ?? []).toString()))
}

async function call(worker: Worker): Promise<Phone> {
  const phone = await Phone.open(worker.sipPort)
  open.unshift(phone)
  phone.invite({ number: NUMBER })
  return phone
}

test('a revision is echoed by the request that brought it; another request with the same revision is told apart', async () => {
  const worker = await start()
  expect((await send(worker, 'PUT', '/v1/revisions/other-1', revision())).status).toBe(204)
  expect((await line(worker)).revisions['other-1']?.id).toBe('request-1')
  expect((await send(worker, 'PUT', '/v1/revisions/other-1', revision({ id: 'request-2' }))).status).toBe(204)
  expect((await line(worker)).revisions['other-1']?.id).toBe('request-2')
})

test('its revision outlives the process: it answers again without being told, under a new boot id', async () => {
  const before = await start()
  await send(before, 'PUT', '/v1/revisions/other-1', revision())
  await before.close()
  const after = await start()
  expect(after.boot).not.toBe(before.boot)
  expect((await line(after)).revisions['other-1']?.id).toBe('request-1')
  const phone = await call(after)
  await phone.response(200)
  phone.ack()
})

test('a drain outlives the process: no call is taken by a container that came back', async () => {
  const before = await start()
  await send(before, 'PUT', '/v1/revisions/other-1', revision())
  await send(before, 'POST', '/v1/drain', { id: 'd1', deadline: Date.now() + 60_000 })
  await before.close()
  const after = await start()
  expect((await line(after)).drain?.id).toBe('d1')
  const phone = await call(after)
  await phone.response(503)
})

test('a drain that accepts no more says so at once, and stays ready', async () => {
  const worker = await start()
  await send(worker, 'PUT', '/v1/revisions/other-1', revision())
  const answer = await send(worker, 'POST', '/v1/drain', { id: 'd1', deadline: Date.now() + 60_000 })
  expect(await answer.json()).toMatchObject({ v: 1, id: 'd1', busy: 0 })
  const phone = await call(worker)
  await phone.response(503)
  expect((await fetch(`http://127.0.0.1:${worker.httpPort}/readyz`)).status).toBe(200)
})

test('a call that outlives a drain ends as the drain declares', async () => {
  const worker = await start()
  await send(worker, 'PUT', '/v1/revisions/other-1', revision())
  const phone = await call(worker)
  await phone.response(200)
  phone.ack()
  phone.talk()
  await phone.until('the call to be live', () => phone.packets.length > 10)
  // without a word: the agent's own end would say goodbye first
  const end = { then: { hangUp: {} } }
  await send(worker, 'POST', '/v1/drain', { id: 'd1', deadline: Date.now() + 300, end })
  await phone.request('BYE', 2000)
  expect(phone.heard().every(byte => byte === 0xff)).toBe(true)
})

test('a signal takes no acknowledgement away, and the earliest deadline holds', async () => {
  const worker = await start()
  const deadline = Date.now() + 60_000
  await send(worker, 'POST', '/v1/drain', { id: 'd1', deadline })
  expect(worker.stop()).toBe(deadline)
  const moved = await send(worker, 'POST', '/v1/drain', { id: 'd1', deadline: deadline - 30_000 })
  expect(await moved.json()).toMatchObject({ id: 'd1', deadline: deadline - 30_000 })
  await send(worker, 'POST', '/v1/drain', { id: 'd1', deadline: deadline + 30_000 })
  expect((await line(worker)).drain).toMatchObject({ id: 'd1', deadline: deadline - 30_000 })
})

test('what it sees of a Secret is told, and told again when it changes', async () => {
  let seen: SecretState = 'missing'
  const asked: string[] = []
  const look = (ref: { name: string; key: string }): Promise<SecretState> => {
    asked.push(`${ref.name}/${ref.key}`)
    return Promise.resolve(seen)
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const worker = await start({ look })
    await send(worker, 'PUT', '/v1/revisions/other-1', revision())
    expect(asked).toContain('openai/apiKey')
    expect((await line(worker)).secrets).toEqual({ 'openai/apiKey': 'missing' })
    seen = 'present'
    await vi.advanceTimersByTimeAsync(5000)
    expect((await line(worker)).secrets).toEqual({ 'openai/apiKey': 'present' })
  } finally {
    vi.useRealTimers()
  }
})
