import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Client } from '../client/client.ts'
import type { Resource } from '../resource.ts'
import { FakeApiServer } from '../testing/fake-api-server.ts'
import { Reflector } from './reflector.ts'

const THINGS: Resource = { group: 'test.dev', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true }
let server: FakeApiServer
let client: Client
let reflector: Reflector<number, 'odd'>
let failures: string[]
let changes: string[]

beforeEach(async () => {
  server = new FakeApiServer()
  const credentials = await server.listen()
  client = new Client({ credentials: () => Promise.resolve(credentials), userAgent: 'test', fieldManager: 'test' })
  failures = []
  changes = []
  reflector = new Reflector<number, 'odd'>({
    client,
    resource: THINGS,
    project: object => object['n'] as number,
    indexes: { odd: n => [n % 2 === 1 ? 'odd' : 'even'] },
    policy: { pageSize: 2, silenceMs: 300, backoff: { baseMs: 5, maxMs: 20, jitter: 0 } },
    changed: ({ is, entry }) => changes.push(`${is} ${entry.key} ${entry.value}`),
    failed: error => failures.push(error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  })
})

afterEach(async () => {
  reflector.stop()
  await client.close()
  await server.close()
})

async function until(look: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !look(); i++) await sleep(5)
  expect(look()).toBe(true)
}

it('lists in pages, then watches with bookmarks, and files what it holds', async () => {
  for (let n = 1; n <= 5; n++) server.etcd.put('ns', `t${n}`, { n })
  reflector.start()
  await reflector.synced
  await until(() => server.watches === 1)
  expect(
    server.asked.map(a => a.replace(/continue=[^&]*/, 'continue=…').replace(/timeoutSeconds=\d+/, 'timeoutSeconds=…')),
  ).toEqual([
    'GET /apis/test.dev/v1/things?limit=2',
    'GET /apis/test.dev/v1/things?limit=2&continue=…',
    'GET /apis/test.dev/v1/things?limit=2&continue=…',
    'GET /apis/test.dev/v1/things?watch=true&allowWatchBookmarks=true&resourceVersion=105&timeoutSeconds=…',
  ])
  expect(reflector.cache.by('odd', 'even').map(e => e.value)).toEqual([2, 4])
  server.etcd.put('ns', 't2', { n: 7 })
  server.etcd.remove('ns', 't4')
  server.flush(true)
  await until(() => reflector.state.counts.bookmarks === 1)
  expect(changes.slice(5)).toEqual(['updated ns/t2 7', 'deleted ns/t4 4'])
  expect([reflector.cache.count('odd', 'even'), reflector.cache.count('odd', 'odd')]).toEqual([0, 4])
})

it('tells of no change when nothing that is kept has changed', async () => {
  server.etcd.put('ns', 'a', { n: 1 })
  reflector.start()
  await reflector.synced
  await until(() => server.watches === 1)
  server.etcd.put('ns', 'a', { n: 1, noise: 2 })
  server.flush()
  await until(() => reflector.state.counts.events === 1)
  expect(changes).toEqual(['added ns/a 1'])
  expect(reflector.cache.get('ns/a')?.resourceVersion).toBe('102')
})

it('goes on from where it was after a cut, and lists again after a compaction', async () => {
  reflector.start()
  await reflector.synced
  await until(() => server.watches === 1)
  server.cut()
  server.etcd.put('ns', 'a', { n: 1 })
  await until(() => reflector.cache.size === 1)
  expect(reflector.state.counts.lists).toBe(1)
  server.cut()
  server.etcd.remove('ns', 'a')
  server.etcd.compact()
  server.etcd.put('ns', 'b', { n: 2 })
  await until(() => reflector.cache.get('ns/b') !== undefined)
  expect(reflector.cache.size).toBe(1)
  expect(reflector.state.counts).toMatchObject({ lists: 2, expired: 1 })
})

it('opens a silent watch again, and says so', async () => {
  reflector.start()
  await until(() => failures.includes('SB_KUBE_WATCH_SILENT'))
  await until(() => server.asked.filter(a => a.includes('watch=true')).length > 1)
  expect(reflector.state.counts.silences).toBeGreaterThan(0)
})

it('tries again after refusals and rubbish', async () => {
  server.refuse.push(
    { status: 500, body: 'oops' },
    { status: 403, body: { kind: 'Status', code: 403, reason: 'Forbidden' } },
    { status: 200, body: [] },
  )
  reflector.start()
  await reflector.synced
  await until(() => server.watches === 1)
  server.say('rubbish')
  await until(() => failures.length === 4)
  expect(failures).toEqual(['SB_KUBE_REFUSED', 'SB_KUBE_FORBIDDEN', 'SB_KUBE_GARBLED', 'SB_KUBE_GARBLED'])
})
