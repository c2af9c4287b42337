import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Client } from '#kube/client/client.ts'
import { type CredentialSource, loadCluster } from '#kube/client/credentials.ts'
import { failureOf } from '#kube/failure.ts'
import type { KubeObject } from '#kube/object.ts'
import type { ObjectName, Resource } from '#kube/resource.ts'
import { createPod, deletePod, type Hands, setReplicas } from './carry-out.ts'
import { networkPolicy } from './network-policy.ts'
import { type PodTemplate, podTemplate } from './pod-template.ts'
import { projectPod } from './project-pod.ts'
import { refusalOf } from './refusal.ts'
import { BUDGETS, CONFIG_MAPS, NETWORK_POLICIES, PODS, REVISIONS, SERVICE_ACCOUNTS } from './resources.ts'
import { openSeals } from './seal-key.ts'
import { disruptionBudget, workerKeys, workerServiceAccount } from './surroundings.ts'
import { projectKept, Upkeep } from './upkeep.ts'
import { DEFAULT_WORKER_PORTS, DEFAULT_WORKER_RESOURCES } from './worker-config.ts'

const NAMESPACES: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }
const NONE = new AbortController().signal
const NAMESPACE = 'surroundings'
const LABELS = { 'pod-security.kubernetes.io/enforce': 'restricted' }

let credentials: CredentialSource
let client: Client
let hands: Hands

beforeAll(async () => {
  credentials = (await loadCluster(await readFile(inject('access').kubeconfig, 'utf8'))).credentials
  client = clientOf(credentials)
  await make(NAMESPACES, { metadata: { name: NAMESPACE, labels: LABELS } })
  const seals = await openSeals(client, NAMESPACE, bytes => new Uint8Array(bytes).fill(9))
  hands = { client, seals, drains: { drain: () => Promise.resolve() } }
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

const WANTED: readonly (readonly [string, Resource, Parameters<Upkeep['keep']>[1]])[] = [
  ['a budget', BUDGETS, disruptionBudget({ namespace: NAMESPACE, name: 'a', uid: 'some-uid' }, 3)],
  ['an identity', SERVICE_ACCOUNTS, workerServiceAccount(NAMESPACE)],
  ['keys', CONFIG_MAPS, workerKeys(NAMESPACE, { keys: [{ kty: 'OKP', kid: 'k1' }] })],
  [
    'a network policy',
    NETWORK_POLICIES,
    networkPolicy({
      namespace: NAMESPACE,
      ports: DEFAULT_WORKER_PORTS,
      control: [{ namespace: { 'kubernetes.io/metadata.name': 'switchboard' }, pods: { app: 'switchboard' } }],
      metrics: [{ namespace: { monitoring: 'true' } }],
      edges: [{ namespace: { edge: 'true' }, pods: { app: 'edge' } }],
      signalling: ['203.0.113.0/24', '2001:db8::/32'],
      media: ['198.51.100.0/24'],
      urls: [
        'https://api.openai.com/v1',
        'http://calendar.acme/find',
        'http://10.9.8.7:9000/',
        'http://[2001:db8::9]:81/',
      ],
      namespaces: new Set(['acme']),
      dns: ['169.254.20.10/32'],
      denied: ['10.0.0.0/16', '10.96.0.1/32', 'fd00:1::/48'],
    }),
  ],
]

describe('what stands around pods', () => {
  it.each(WANTED)('%s is accepted, costs nothing to keep, and is put right', async (_name, resource, wanted) => {
    const upkeep = new Upkeep(client)
    const look = async () => {
      const object = (await client.get(resource, wanted.metadata)) as KubeObject
      return { object, kept: projectKept(object, client.fieldManager) }
    }
    expect(await upkeep.keep(resource, wanted, undefined, NONE)).toBe(true)
    const first = await look()
    expect(await upkeep.keep(resource, wanted, first.kept, NONE)).toBe(false)
    // A new operator, which remembers nothing, sees that all is well: with thousands of agents a start must not be a storm.
    const later = new Upkeep(client)
    expect(await later.keep(resource, wanted, first.kept, NONE)).toBe(false)
    const second = first

    const labels = { ...second.object.metadata.labels, 'app.kubernetes.io/managed-by': 'somebody' }
    const changed = { ...second.object, metadata: { ...second.object.metadata, labels } }
    const other = { credentials, userAgent: 'other', fieldManager: 'kubectl-edit' }
    const hand = new Client(other)
    await hand.replace(resource, changed)
    await hand.close()
    const third = await look()
    expect(third.object.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'somebody' })
    expect(await later.keep(resource, wanted, third.kept, NONE)).toBe(true)
    const last = await look()
    expect(last.object.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'switchboard' })
  })

  it('the key of seals is made once, and read by those who come later', async () => {
    const other = await openSeals(client, NAMESPACE, bytes => new Uint8Array(bytes).fill(1))
    const birth = { agent: 'a', revision: 'a-1', revisionUid: 'u', template: 't' }
    expect(other.birthOf('n', 'p', birth)).toBe(hands.seals.birthOf('n', 'p', birth))
  })
})

let unused = 0
async function newRevision(): Promise<KubeObject> {
  const snapshot = { schemaVersion: 1, hash: 'b'.repeat(64), content: {} }
  const metadata = { namespace: NAMESPACE, name: `a-${++unused}` }
  return make(REVISIONS, { metadata, spec: { agentRef: { name: 'a' }, snapshot } })
}

function templateOf({ metadata }: KubeObject, namespace = NAMESPACE): PodTemplate {
  const config = {
    image: 'registry.example/switchboard:1',
    pullPolicy: 'IfNotPresent' as const,
    pullSecrets: [],
    priorityClass: null,
    resources: DEFAULT_WORKER_RESOURCES,
    ports: DEFAULT_WORKER_PORTS,
    logLevel: 'info',
    env: {},
  }
  return podTemplate(config, {
    agent: { namespace, name: 'a' },
    revision: { name: metadata.name, uid: metadata.uid },
    callsPerPod: 10,
    callLimitMs: 60_000,
    options: {},
    secrets: [],
  })
}

const create = (name: string, template: PodTemplate, by = hands): Promise<void> =>
  createPod(by, { do: 'createPod', name, revision: template.order.revision.name, why: '' }, template, NONE)

async function refusalTo(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error === null ? null : refusalOf(error)
}

describe('the hands of a fleet', () => {
  it('a pod bears its seal, whatever admission made of it', async () => {
    const revision = await newRevision()
    await create('sealed', templateOf(revision))
    const object = (await client.get(PODS, { namespace: NAMESPACE, name: 'sealed' })) as KubeObject
    expect(projectPod(object, hands.seals)).toMatchObject({
      made: 'sealed',
      edited: false,
      agent: 'a',
      revision: revision.metadata.name,
      template: templateOf(revision).hash,
      controller: revision.metadata.uid,
      safeToEvict: false,
      container: { is: 'absent' },
    })
  })

  it('deletes one state of one pod: not a later state, nor a later pod of the name', async () => {
    await create('exact', templateOf(await newRevision()))
    const at = async () => {
      const { metadata } = (await client.get(PODS, { namespace: NAMESPACE, name: 'exact' })) as KubeObject
      const { uid, resourceVersion } = metadata
      return { namespace: NAMESPACE, name: 'exact', uid, resourceVersion }
    }
    const before = await at()
    const step = (pod: typeof before) =>
      ({ do: 'deletePod', pod, node: null, proof: 'neverReady', confirm: null, why: '' }) as const
    const pod = (await client.get(PODS, before)) as KubeObject
    await client.replace(PODS, { ...pod, status: { phase: 'Running' } }, { subresource: 'status' })
    expect(await refusalTo(deletePod(hands, step(before), NONE))).toEqual({ is: 'stale' })
    const other = { ...(await at()), uid: '00000000-0000-0000-0000-000000000000' }
    expect(await refusalTo(deletePod(hands, step(other), NONE))).toEqual({ is: 'stale' })
    expect(await deletePod(hands, step(await at()), NONE)).toBe(true)
  })

  it('never deletes for a gone node whose node is there', async () => {
    await create('on-a-node', templateOf(await newRevision()))
    const node = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }
    await make(node, { metadata: { name: 'surroundings-node' } })
    const { metadata } = (await client.get(PODS, { namespace: NAMESPACE, name: 'on-a-node' })) as KubeObject
    const pod = { ...metadata, namespace: NAMESPACE }
    const step = { do: 'deletePod', pod, proof: 'nodeGone', confirm: 'nodeGone', why: '' } as const
    expect(await deletePod(hands, { ...step, node: 'surroundings-node' }, NONE)).toBe(false)
    const ended = { ...step, proof: 'terminated', confirm: 'nodeReady', node: 'surroundings-node' } as const
    expect(await deletePod(hands, ended, NONE)).toBe(false)
    expect(await client.get(PODS, pod)).not.toBeNull()
    expect(await deletePod(hands, { ...step, node: 'surroundings-nowhere' }, NONE)).toBe(true)
    expect(await client.get(PODS, pod)).toBeNull()
  })

  it('raises replicas whatever they are, and lowers them only from what was seen', async () => {
    const { metadata } = await newRevision()
    const step = (replicas: number, resourceVersion: string | null) =>
      setReplicas(
        hands,
        NAMESPACE,
        { do: 'setReplicas', revision: metadata.name, replicas, resourceVersion, why: '' },
        NONE,
      )
    await step(3, null)
    expect(await refusalTo(step(1, metadata.resourceVersion))).toEqual({ is: 'stale' })
    const now = (await client.get(REVISIONS, { namespace: NAMESPACE, name: metadata.name })) as KubeObject
    expect(now['spec']).toMatchObject({ replicas: 3 })
    await step(3, null)
    const same = (await client.get(REVISIONS, { namespace: NAMESPACE, name: metadata.name })) as KubeObject
    expect(same.metadata.resourceVersion).toBe(now.metadata.resourceVersion)
    await step(1, now.metadata.resourceVersion)
  })

  it('says it of Pod Security when something makes the pods worse', async () => {
    const template = templateOf(await newRevision())
    const worse = { ...template, spec: { ...template.spec, hostNetwork: true } }
    expect(await refusalTo(create('worse', worse))).toMatchObject({
      is: 'refused',
      problem: { reason: 'PodSecurity', message: expect.stringContaining('host namespaces') as string },
    })
  })

  it('says it of a namespace that is being deleted', async () => {
    const name = 'surroundings-going'
    const revision = await newRevision()
    const { metadata } = await make(NAMESPACES, { metadata: { name, labels: LABELS } })
    await client.delete(NAMESPACES, { name, uid: metadata.uid, resourceVersion: metadata.resourceVersion })
    expect(await refusalTo(create('late', templateOf(revision, name)))).toMatchObject({
      is: 'refused',
      problem: { reason: 'NamespaceTerminating' },
    })
  })

  it('says it of rights that are missing, and of a class that is not there', async () => {
    const template = templateOf(await newRevision())
    const nobody = clientOf(async () => {
      const own = await credentials()
      return { ...own, headers: { ...own.headers, 'impersonate-user': 'nobody' } }
    })
    const refused = await refusalTo(create('no-rights', template, { ...hands, client: nobody }))
    await nobody.close()
    expect(refused).toMatchObject({
      is: 'refused',
      problem: { reason: 'Forbidden', message: expect.stringContaining('cannot create resource "pods"') as string },
    })
    const classless = { ...template, spec: { ...template.spec, priorityClassName: 'none-of-that-name' } }
    expect(await refusalTo(create('no-class', classless))).toMatchObject({
      problem: { reason: 'Refused', message: expect.stringContaining('no PriorityClass') as string },
    })
  })

  it('takes a name that is taken, and a pod that is gone, for signs that it must look again', async () => {
    const template = templateOf(await newRevision())
    await create('taken', template)
    expect(await refusalTo(create('taken', template))).toEqual({ is: 'stale' })
    const gone = { namespace: NAMESPACE, name: 'never-there', uid: 'u', resourceVersion: '1' }
    const error: unknown = await client.delete(PODS, gone).catch((thrown: unknown) => thrown)
    expect(error === 'gone' || failureOf(error) !== null).toBe(true)
  })
})
