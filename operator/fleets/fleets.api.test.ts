import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { Client } from '#kube/client/client.ts'
import { type CredentialSource, loadCluster } from '#kube/client/credentials.ts'
import type { KubeObject } from '#kube/object.ts'
import type { ObjectName, Resource } from '#kube/resource.ts'
import { podTemplate } from './pod-template.ts'
import { NODES, PODS, REVISIONS } from './resources.ts'
import { Seals } from './seal.ts'
import { LiveFleet } from './testing/live-fleet.ts'
import { DEFAULT_WORKER_PORTS, DEFAULT_WORKER_RESOURCES, type WorkerConfig } from './worker-config.ts'

const NAMESPACES: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }
const QUOTAS: Resource = { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true }
const CLASSES: Resource = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
}
const NODE = 'fleets-node'
const SETTLE_MS = 20_000
const RESTRICTED = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/enforce-version': 'latest',
}

const config: WorkerConfig = {
  image: 'registry.example/switchboard:1',
  pullPolicy: 'IfNotPresent',
  pullSecrets: ['pull'],
  priorityClass: 'fleets-worker',
  resources: DEFAULT_WORKER_RESOURCES,
  ports: DEFAULT_WORKER_PORTS,
  logLevel: 'info',
  env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.telemetry:4318' },
}
const seals = new Seals([new Uint8Array(32).fill(7)])
let credentials: CredentialSource
let client: Client
let unused = 0

beforeAll(async () => {
  credentials = (await loadCluster(await readFile(inject('access').kubeconfig, 'utf8'))).credentials
  client = clientOf(credentials)
  await make(CLASSES, { metadata: { name: 'fleets-worker' }, value: 1_000_000 })
  const node = await make(NODES, { metadata: { name: NODE } })
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }]
  await client.replace(NODES, { ...node, status: { conditions } }, { subresource: 'status' })
})
afterAll(() => client?.close())

/** Any object, with any fields. */
function make(
  resource: Resource,
  object: { metadata: ObjectName & Record<string, unknown>; [field: string]: unknown },
): Promise<KubeObject> {
  return client.create(resource, object)
}

function clientOf(source: CredentialSource): Client {
  return new Client({
    credentials: source,
    userAgent: 'fleets-test',
    fieldManager: 'switchboard',
    rate: { qps: 500, burst: 500 },
  })
}

async function until(what: string, look: () => boolean): Promise<void> {
  const end = performance.now() + SETTLE_MS
  while (!look()) {
    if (performance.now() > end) throw new Error(`not in ${SETTLE_MS} ms: ${what}`)
    await sleep(20)
  }
}

async function newNamespace(): Promise<string> {
  const name = `fleets-${++unused}`
  await make(NAMESPACES, { metadata: { name, labels: RESTRICTED } })
  return name
}

async function newRevision(namespace: string, name: string): Promise<KubeObject> {
  const snapshot = { schemaVersion: 1, hash: 'a'.repeat(64), content: {} }
  return make(REVISIONS, { metadata: { namespace, name }, spec: { agentRef: { name: 'a' }, snapshot } })
}

function templateOf(namespace: string, revision: KubeObject, image = config.image) {
  return podTemplate(
    { ...config, image },
    {
      agent: { namespace, name: 'a' },
      revision: { name: revision.metadata.name, uid: revision.metadata.uid },
      callsPerPod: 10,
      callLimitMs: 1_800_000,
      options: {
        labels: { team: 'desk' },
        nodeSelector: { disk: 'fast' },
        tolerations: [{ key: 'voice', operator: 'Exists' }],
        resources: { requests: { cpu: '500m' } },
      },
      secrets: [{ name: 'openai', keys: ['apiKey'] }],
    },
  )
}

/** A fleet of one revision in a namespace of its own that enforces Pod Security. */
async function newFleet(wanted: number) {
  const namespace = await newNamespace()
  const revision = await newRevision(namespace, 'a-1')
  const revisions = new Map([['a-1', revision]])
  const images = { now: config.image }
  const fleet = new LiveFleet(client, seals, { namespace, name: 'a', uid: 'agent' }, name =>
    templateOf(namespace, revisions.get(name) ?? revision, images.now),
  )
  fleet.wanted.set('a-1', wanted)
  await fleet.start()
  onTestFinished(() => fleet.stop())
  return { fleet, namespace, revisions, images }
}

/** Reconciles and plays kubelets until nothing is planned. */
async function rest(fleet: LiveFleet): Promise<void> {
  let quiet = 0
  for (let i = 0; i < 80 && quiet < 3; i++) {
    const { steps } = await fleet.reconcile()
    quiet = steps.length === 0 ? quiet + 1 : 0
    await fleet.playKubelet(NODE)
    await sleep(60)
  }
  expect(quiet).toBe(3)
}

/** Whether admission refuses another pod: it hears of a quota by a watch of its own. */
async function refuses(namespace: string, name: string): Promise<boolean> {
  const spec = { ...templateOf(namespace, await newRevision(namespace, name)).spec }
  const refused = await make(PODS, { metadata: { namespace, name }, spec }).catch(() => null)
  return refused === null
}

const names = (fleet: LiveFleet): string[] => fleet.ours().map(pod => pod.name)

describe('a fleet on a real API server, in a namespace that enforces Pod Security', () => {
  it('is made, counted before it is there, and comes to rest', async () => {
    const { fleet, namespace } = await newFleet(2)
    await rest(fleet)
    expect(names(fleet)).toHaveLength(2)
    expect(fleet.replicas('a-1')).toBe(2)
    expect(fleet.refusals).toEqual([])
    const [name = ''] = names(fleet)
    const pod = (await client.get(PODS, { namespace, name })) as KubeObject
    expect(pod.metadata.annotations).toMatchObject({
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
    })
    expect(pod['spec']).toMatchObject({
      priority: 1_000_000,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1890,
      nodeSelector: { disk: 'fast' },
    })
    // The server adds tolerations with seconds for nodes that are not heard of, unless there are some.
    const { tolerations } = pod['spec'] as { tolerations: { key: string; tolerationSeconds?: number }[] }
    expect(tolerations.map(t => [t.key, t.tolerationSeconds])).toEqual([
      ['node.kubernetes.io/not-ready', undefined],
      ['node.kubernetes.io/unreachable', undefined],
      ['voice', undefined],
    ])
  })

  it('lets a busy pod stay and drains the empty one when fewer are wanted', async () => {
    const { fleet } = await newFleet(2)
    await rest(fleet)
    const [busy, empty] = fleet.ours()
    fleet.worker(busy?.uid ?? '').busy = 3
    fleet.wanted.set('a-1', 1)
    await rest(fleet)
    expect(names(fleet)).toEqual([busy?.name])
    expect(fleet.worker(empty?.uid ?? '').drain).not.toBeNull()
    expect(fleet.worker(busy?.uid ?? '').drain).toBeNull()
    expect(fleet.replicas('a-1')).toBe(1)
  })

  it('goes over to another revision without a moment of fewer pods', async () => {
    const { fleet, namespace, revisions } = await newFleet(1)
    await rest(fleet)
    revisions.set('a-2', await newRevision(namespace, 'a-2'))
    fleet.wanted.set('a-1', 0).set('a-2', 1)
    await until('the revision is seen', () => fleet.replicas('a-2') === 0)
    const serving: number[] = []
    for (let i = 0; i < 8; i++) {
      await fleet.reconcile()
      await fleet.playKubelet(NODE)
      await sleep(60)
      serving.push(fleet.ours().filter(pod => pod.ready && pod.deletingAt === null).length)
    }
    await rest(fleet)
    expect(Math.min(...serving)).toBeGreaterThanOrEqual(1)
    expect(fleet.ours().map(pod => pod.revision)).toEqual(['a-2'])
    expect([fleet.replicas('a-1'), fleet.replicas('a-2')]).toEqual([0, 1])
  })

  it('knows its own pods after a restart, and no copy of one', async () => {
    const { fleet, namespace } = await newFleet(1)
    await rest(fleet)
    const [own] = fleet.ours()
    const { name = '', uid } = own ?? {}
    const original = (await client.get(PODS, { namespace, name })) as KubeObject
    const spec = { ...(original['spec'] as object), nodeName: undefined }
    const { labels = {}, annotations = {} } = original.metadata
    const copy = await make(PODS, {
      metadata: { namespace, name: 'copy', labels, annotations },
      spec,
    })
    await until('the copy is seen', () => fleet.pods().length === 2)
    fleet.restart()
    await rest(fleet)
    expect(fleet.ours().map(pod => pod.uid)).toEqual([uid])
    const forged = fleet.pods().find(pod => pod.name === 'copy')
    expect(forged).toMatchObject({ made: 'foreign', uid: copy.metadata.uid, deletingAt: null })
    expect((await fleet.reconcile()).problems).toMatchObject([{ reason: 'ForgedPods', pods: 1 }])
    // The budget counts it, so it is made up for.
    expect(fleet.replicas('a-1')).toBe(2)
  })

  it('does not take over a pod that somebody put in the place of one of ours', async () => {
    const { fleet, namespace } = await newFleet(1)
    await rest(fleet)
    const [own] = fleet.ours()
    const { name = '', uid = '', resourceVersion = '' } = own ?? {}
    const original = (await client.get(PODS, { namespace, name })) as KubeObject
    const { labels = {}, annotations = {} } = original.metadata
    await client.delete(PODS, { namespace, name, uid, resourceVersion }, { gracePeriodSeconds: 0 })
    const spec = { ...(original['spec'] as object), nodeName: undefined }
    await make(PODS, { metadata: { namespace, name, labels, annotations }, spec })
    await rest(fleet)
    expect(fleet.ours()).toHaveLength(1)
    expect(names(fleet)).not.toContain(name)
    expect(fleet.pods()).toHaveLength(1)
  })

  it('drains a pod that was changed by hand, and puts another in its place', async () => {
    const { fleet, namespace } = await newFleet(1)
    await rest(fleet)
    const [own] = fleet.ours()
    const { name = '' } = own ?? {}
    const pod = (await client.get(PODS, { namespace, name })) as KubeObject
    pod.metadata.labels = { ...pod.metadata.labels, 'switchboard.dev/revision': 'other' }
    await client.replace(PODS, pod)
    await until('the change is seen', () => fleet.ours().some(one => one.edited))
    await rest(fleet)
    expect(names(fleet)).toHaveLength(1)
    expect(names(fleet)).not.toContain(name)
    expect(fleet.worker(own?.uid ?? '').drain).not.toBeNull()
  })

  it('says what stands in the way: a quota', async () => {
    const { fleet, namespace } = await newFleet(1)
    const quota = await make(QUOTAS, {
      metadata: { namespace, name: 'q' },
      spec: { hard: { pods: '0' } },
    })
    await client.replace(
      QUOTAS,
      { ...quota, status: { hard: { pods: '0' }, used: { pods: '0' } } },
      { subresource: 'status' },
    )
    for (let i = 0; !(await refuses(namespace, `probe-${i}`)); i++) await sleep(100)
    await fleet.reconcile()
    const { revisions, steps } = await fleet.reconcile()
    expect(revisions[0]?.problems).toMatchObject([
      { reason: 'QuotaExceeded', message: expect.stringContaining('exceeded quota: q') as string },
    ])
    // Tried again, one at a time.
    expect(steps.filter(step => step.do === 'createPod').length).toBeLessThanOrEqual(1)
  })
})
