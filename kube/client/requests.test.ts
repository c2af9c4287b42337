import { afterEach, expect, it } from 'vitest'
import type { Resource } from '../resource.ts'
import { FakeApiServer } from '../testing/fake-api-server.ts'
import { Client } from './client.ts'

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true }
const POD = { namespace: 'acme', name: 'a' }

const server = new FakeApiServer()
let client: Client | null = null
afterEach(async () => {
  await client?.close()
  await server.close()
})

it('says how long each request took and what came of it, and how long it waited for its turn', async () => {
  const credentials = await server.listen()
  const [answers, waits]: [string[], number[]] = [[], []]
  client = new Client({
    credentials: () => Promise.resolve(credentials),
    userAgent: 'test/1',
    fieldManager: 'test',
    rate: { qps: 20, burst: 1 },
    metrics: {
      waited: ms => waits.push(ms),
      answered: (method, ms, outcome) => answers.push(`${method} ${outcome} ${ms >= 0 && ms < 10_000}`),
    },
  })
  server.refuse.push(
    { status: 200, body: { metadata: POD } },
    { status: 409, body: { kind: 'Status', code: 409, reason: 'Conflict' } },
    { status: 429, body: {}, headers: { 'retry-after': '1' } },
    { status: 404, body: { kind: 'Status', code: 404, reason: 'NotFound', details: { name: 'a' } } },
  )
  await client.get(PODS, POD)
  await client.replace(PODS, { metadata: { ...POD, uid: 'u', resourceVersion: '1' } }).catch(() => undefined)
  await client.get(PODS, POD).catch(() => undefined)
  await client.get(PODS, POD)
  expect(answers).toEqual(['GET ok true', 'PUT conflict true', 'GET busy true', 'GET notFound true'])
  expect(waits).toHaveLength(4)
  // one in 50 ms, and after 429 as long as it says
  expect(waits[1]).toBeGreaterThan(10)
  expect(waits[3]).toBeGreaterThan(900)
})
