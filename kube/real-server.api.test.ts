import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { Drift, ownedBy } from './apply/drift.ts'
import { Client } from './client/client.ts'
import { type CredentialSource, loadCluster } from './client/credentials.ts'
import { Elector } from './election/elector.ts'
import { LEASES } from './election/lease-object.ts'
import type { Fence } from './election/state.ts'
import { EVENTS, Recorder } from './events/recorder.ts'
import { failureOf } from './failure.ts'
import type { KubeObject } from './object.ts'
import { Reflector } from './reflector/reflector.ts'
import type { ReflectorPolicy } from './reflector/state.ts'
import type { Resource } from './resource.ts'
import { TcpProxy } from './testing/tcp-proxy.ts'

const CONFIG_MAPS: Resource = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }
const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}
const SETTLE_MS = 20_000

let server: ApiServer
let proxy: TcpProxy
/** Straight to the server. */
let direct: Client
/** Through the proxy. */
let client: Client
let credentials: CredentialSource
let directCredentials: CredentialSource
let unused = 0

beforeAll(async () => {
  server = await startApiServer({ args: ['--etcd-compaction-interval=2s'] })
  const kubeconfig = await readFile(server.access.kubeconfig, 'utf8')
  const cluster = await loadCluster(kubeconfig)
  directCredentials = cluster.credentials
  proxy = new TcpProxy(Number(new URL(server.access.url).port))
  const port = await proxy.listen()
  credentials = async () => ({ ...(await cluster.credentials()), server: `https://127.0.0.1:${port}` })
  const options = { userAgent: 'kube-test', fieldManager: 'kube-test' }
  direct = new Client({ ...options, credentials: cluster.credentials, rate: { qps: 1000, burst: 1000 } })
  client = new Client({ ...options, credentials, rate: { qps: 1000, burst: 1000 } })
})

afterAll(async () => {
  await client?.close()
  await direct?.close()
  await proxy?.close()
  await server?.stop()
})

async function makeNamespace(): Promise<string> {
  const name = `ns-${++unused}`
  const namespaces: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }
  await direct.create(namespaces, { metadata: { name } })
  return name
}

function put(namespace: string, name: string, n: number): Promise<KubeObject> {
  return direct.apply(CONFIG_MAPS, { metadata: { namespace, name, uid: null }, data: { n: String(n) } })
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + SETTLE_MS
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`not in ${SETTLE_MS} ms: ${what}`)
    await sleep(20)
  }
}

function reflect(namespace: string, policy: Partial<ReflectorPolicy> = {}) {
  const reflector = new Reflector<string>({
    client,
    resource: CONFIG_MAPS,
    namespace,
    project: object => (object['data'] as { n?: string } | undefined)?.n ?? '',
    policy: { pageSize: 3, backoff: { baseMs: 50, maxMs: 500, jitter: 0.5 }, ...policy },
    failed: () => undefined,
  })
  onTestFinished(() => reflector.stop())
  reflector.start()
  return reflector
}

async function sameAsServer(namespace: string, reflector: Reflector<string>): Promise<boolean> {
  const { items } = await direct.list(CONFIG_MAPS, { namespace })
  const there = items.map(o => `${o.metadata.name}=${(o['data'] as { n: string }).n}`).sort()
  const held = [...reflector.cache.entries()].map(e => `${e.key.split('/')[1] ?? ''}=${e.value}`).sort()
  return JSON.stringify(there) === JSON.stringify(held)
}

describe('a reflector on a real API server', () => {
  it('lists in pages, watches, and sees creates, changes and deletes', async () => {
    const ns = await makeNamespace()
    for (let i = 0; i < 8; i++) await put(ns, `c${i}`, i)
    const reflector = reflect(ns)
    await reflector.synced
    expect(reflector.cache.size).toBe(8)
    expect(reflector.state.counts.pages).toBe(3)
    await put(ns, 'c0', 100)
    const gone = reflector.cache.get(`${ns}/c7`)
    if (gone === undefined) throw new Error('c7 is not cached')
    expect(await direct.delete(CONFIG_MAPS, { namespace: ns, name: 'c7', ...gone })).toBe('deleted')
    await until('same', () => sameAsServer(ns, reflector))
    expect(reflector.state.counts.lists).toBe(1)
  })

  it('keeps only metadata when it asks for no more', async () => {
    const ns = await makeNamespace()
    await put(ns, 'before', 1)
    const reflector = new Reflector<object>({
      client,
      resource: CONFIG_MAPS,
      namespace: ns,
      metadataOnly: true,
      project: object => Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'metadata')),
      failed: () => undefined,
    })
    onTestFinished(() => reflector.stop())
    reflector.start()
    await reflector.synced
    await put(ns, 'after', 2)
    await until('both', () => reflector.cache.size === 2)
    expect([...reflector.cache.entries()].filter(entry => 'data' in entry.value)).toEqual([])
    const one = await client.get(CONFIG_MAPS, { namespace: ns, name: 'after' }, { metadataOnly: true })
    expect(one).toMatchObject({ metadata: { name: 'after' } })
    expect(one).not.toHaveProperty('data')
  })

  it('goes on after cuts without listing again', async () => {
    const ns = await makeNamespace()
    const reflector = reflect(ns)
    await reflector.synced
    for (let i = 0; i < 5; i++) {
      proxy.cut()
      await put(ns, `c${i}`, i)
    }
    await until('same', () => sameAsServer(ns, reflector))
    expect(reflector.state.counts).toMatchObject({ lists: 1, expired: 0 })
  })

  it('notices a half-open connection by its silence', async () => {
    const ns = await makeNamespace()
    const reflector = reflect(ns, { silenceMs: 1500 })
    await reflector.synced
    await until('watching', () => reflector.state.phase === 'watching')
    proxy.held = true
    await put(ns, 'unseen', 1)
    await until('silence', () => reflector.state.counts.silences > 0)
    expect(reflector.cache.size).toBe(0)
    proxy.held = false
    proxy.cut()
    await until('same', () => sameAsServer(ns, reflector))
  })

  it('bears a slow line', async () => {
    const ns = await makeNamespace()
    proxy.delayMs = 150
    onTestFinished(() => {
      proxy.delayMs = 0
    })
    for (let i = 0; i < 8; i++) await put(ns, `c${i}`, i)
    const reflector = reflect(ns)
    await reflector.synced
    await put(ns, 'c9', 9)
    await until('same', () => sameAsServer(ns, reflector))
    expect(reflector.state.counts).toMatchObject({ lists: 1, failures: 0, events: 1 })
  })

  it('lists again when the server was killed and history ran out meanwhile', async () => {
    const ns = await makeNamespace()
    for (let i = 0; i < 4; i++) await put(ns, `c${i}`, i)
    const reflector = reflect(ns)
    await reflector.synced
    proxy.held = true
    proxy.cut()
    await put(ns, 'c0', 100)
    const { items } = await direct.list(CONFIG_MAPS, { namespace: ns })
    const doomed = items.find(o => o.metadata.name === 'c3')
    if (doomed === undefined) throw new Error('no c3')
    await direct.delete(CONFIG_MAPS, {
      namespace: ns,
      name: 'c3',
      uid: doomed.metadata.uid,
      resourceVersion: doomed.metadata.resourceVersion,
    })
    // Two compactions at 2 s each forget what was there before the first.
    await sleep(5000)
    await server.interrupt()
    proxy.held = false
    proxy.cut()
    await server.resume()
    await until('expired', () => reflector.state.counts.expired > 0)
    await until('same', () => sameAsServer(ns, reflector))
    expect(reflector.state.counts.lists).toBeGreaterThan(1)
  })
})

describe('writes on a real API server', () => {
  it('name who owns a field in a conflict', async () => {
    const ns = await makeNamespace()
    const object = { metadata: { namespace: ns, name: 'd', uid: null }, data: { n: '1' } }
    await direct.apply(CONFIG_MAPS, object)
    const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' }, data: { n: '2' } }
    await server.kubectl(['apply', '--server-side', '--force-conflicts', '-n', ns, '-f', '-'], JSON.stringify(theirs))
    const error = await direct.apply(CONFIG_MAPS, object).catch((e: unknown) => e)
    expect(failureOf(error)).toMatchObject({ kind: 'owned', owners: [{ field: '.data.n', manager: 'kubectl' }] })
    expect(String(error)).toContain('.data.n of kubectl')
  })

  it('never make a deleted object again, nor touch another of the same name', async () => {
    const ns = await makeNamespace()
    const first = await put(ns, 'x', 1)
    const { uid, resourceVersion } = first.metadata
    const stale = await put(ns, 'x', 2)
    const target = { namespace: ns, name: 'x', uid, resourceVersion }
    expect(failureOf(await direct.delete(CONFIG_MAPS, target).catch((e: unknown) => e))?.kind).toBe('conflict')
    await direct.delete(CONFIG_MAPS, { ...target, resourceVersion: stale.metadata.resourceVersion })
    expect(await direct.delete(CONFIG_MAPS, target)).toBe('gone')
    const again = { metadata: { namespace: ns, name: 'x', uid }, data: { n: '3' } }
    expect(failureOf(await direct.apply(CONFIG_MAPS, again).catch((e: unknown) => e))?.kind).toBe('replaced')
    expect(await direct.get(CONFIG_MAPS, { namespace: ns, name: 'x' })).toBeNull()
    await put(ns, 'x', 4)
    expect(failureOf(await direct.apply(CONFIG_MAPS, again).catch((e: unknown) => e))?.kind).toBe('replaced')
    expect(failureOf(await direct.delete(CONFIG_MAPS, target).catch((e: unknown) => e))?.kind).toBe('replaced')
    expect(
      failureOf(await direct.create(CONFIG_MAPS, { metadata: { namespace: ns, name: 'x' } }).catch((e: unknown) => e))
        ?.kind,
    ).toBe('exists')
    const missing: Resource = { ...CONFIG_MAPS, plural: 'nothings' }
    expect(failureOf(await direct.get(missing, { namespace: ns, name: 'x' }).catch((e: unknown) => e))?.kind).toBe(
      'notServed',
    )
  })

  it('see drift in a Deployment, with its defaults and quantities, and nothing else', async () => {
    const ns = await makeNamespace()
    const labels = { app: 'x' }
    const container = {
      name: 'main',
      image: 'i:1',
      resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
      ports: [{ containerPort: 80 }],
    }
    const wanted = (uid: string | null) => ({
      metadata: { namespace: ns, name: 'd', uid, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container], tolerations: [{ operator: 'Exists' }] } },
      },
    })
    const made = await direct.apply(DEPLOYMENTS, wanted(null))
    const { uid } = made.metadata
    const read = async () => {
      const object = await direct.get(DEPLOYMENTS, { namespace: ns, name: 'd' })
      if (object === null) throw new Error('gone')
      return ownedBy(object, direct.fieldManager)
    }
    const drift = new Drift(direct.fieldManager)
    drift.applied(wanted(uid), made)
    expect(drift.reason(uid, wanted(uid), await read())).toBeNull()
    await server.kubectl(['annotate', '-n', ns, 'deployment/d', 'theirs=1'])
    expect(drift.reason(uid, wanted(uid), await read())).toBeNull()
    await server.kubectl(['scale', '-n', ns, 'deployment/d', '--replicas=5'])
    expect(drift.reason(uid, wanted(uid), await read())).toBe('drifted')
    await direct.apply(DEPLOYMENTS, wanted(uid), { force: true }).then(result => drift.applied(wanted(uid), result))
    expect(drift.reason(uid, wanted(uid), await read())).toBeNull()
  })

  it('record an event as a series', async () => {
    const ns = await makeNamespace()
    const recorder = new Recorder({
      client: direct,
      controller: 'switchboard.dev/test',
      instance: 'me',
      failed: error => expect.unreachable(String(error)),
    })
    for (let i = 0; i < 4; i++) {
      // the first is written before the others come, which then have nothing to write at once
      if (i === 1) await until('one', async () => (await direct.list(EVENTS, { namespace: ns })).items.length === 1)
      recorder.record({
        regarding: { apiVersion: 'v1', kind: 'Pod', namespace: ns, name: 'p' },
        type: 'Warning',
        reason: 'Failed',
        action: 'Create',
        note: `try ${i}`,
      })
    }
    await recorder.close()
    const { items } = await direct.list(EVENTS, { namespace: ns })
    expect(items).toMatchObject([{ reason: 'Failed', note: 'try 0', series: { count: 4 } }])
  })
})

describe('an election on a real API server', () => {
  const POLICY = { leaseMs: 3000, believeMs: 2000, retryMs: 400 }

  async function stand(ns: string, identity: string, through = credentials) {
    const seen: string[] = []
    const fences: Fence[] = []
    const elector = new Elector({
      credentials: through,
      lease: { namespace: ns, name: 'leader' },
      identity,
      userAgent: 'kube-test',
      policy: POLICY,
      leading: fence => {
        seen.push('leading')
        fences.push(fence)
      },
      lost: () => seen.push('lost'),
      failed: () => undefined,
    })
    onTestFinished(() => elector.release())
    await elector.start()
    return { elector, seen, fences }
  }

  it('has one leader, which hands over at once when it lets go', async () => {
    const ns = await makeNamespace()
    const a = await stand(ns, 'a')
    await until('a leads', () => a.elector.leading)
    const b = await stand(ns, 'b')
    await sleep(4000)
    expect([a.elector.leading, b.elector.leading]).toEqual([true, false])
    await a.elector.release()
    expect(a.elector.leading).toBe(false)
    await until('b leads', () => b.elector.leading)
    const [first, second] = [a.fences[0], b.fences[0]]
    expect(second?.transitions).toBe(1)
    expect(Number(second?.resourceVersion)).toBeGreaterThan(Number(first?.resourceVersion))
  })

  it('goes on while the main event loop is busy for longer than the lease', async () => {
    const ns = await makeNamespace()
    // Not through the proxy: it lives in this thread.
    const a = await stand(ns, 'a', directCredentials)
    await until('a leads', () => a.elector.leading)
    const b = await stand(ns, 'b', directCredentials)
    await sleep(1000)
    const end = performance.now() + 5000
    while (performance.now() < end);
    expect(a.elector.leading).toBe(true)
    await sleep(200)
    expect(a.seen).toEqual(['leading'])
    expect(b.seen).toEqual([])
  })

  it('stops believing in time when the server cannot be reached, and leads again after', async () => {
    const ns = await makeNamespace()
    const a = await stand(ns, 'a')
    await until('a leads', () => a.elector.leading)
    proxy.held = true
    const at = performance.now()
    await until('a lost', () => !a.elector.leading)
    expect(performance.now() - at).toBeLessThan(POLICY.leaseMs)
    proxy.held = false
    proxy.cut()
    await until('a leads again', () => a.elector.leading)
    expect(a.seen).toEqual(['leading', 'lost', 'leading'])
  })

  it('takes no notice of what clocks on walls say', async () => {
    const ns = await makeNamespace()
    const spec = {
      holderIdentity: 'other',
      leaseDurationSeconds: 2,
      leaseTransitions: 7,
      acquireTime: '2001-01-01T00:00:00.000000Z',
      renewTime: '2099-01-01T00:00:00.000000Z',
    }
    const lease = { metadata: { namespace: ns, name: 'leader' }, spec }
    await direct.create(LEASES, lease)
    const a = await stand(ns, 'a')
    await sleep(1000)
    expect(a.elector.leading).toBe(false)
    await until('a leads', () => a.elector.leading)
    expect(a.fences[0]?.transitions).toBe(8)
  })
})
