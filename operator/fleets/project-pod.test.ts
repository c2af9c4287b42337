import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#kube/object.ts'
import { projectNode } from './observed-node.ts'
import { podTemplate } from './pod-template.ts'
import { projectPod } from './project-pod.ts'
import { Seals } from './seal.ts'
import { DEFAULT_WORKER_PORTS, DEFAULT_WORKER_RESOURCES } from './worker-config.ts'
import { podMarks, workerPod } from './worker-pod.ts'

const KEY = new Uint8Array(32).fill(1)
const OTHER = new Uint8Array(32).fill(2)
const seals = new Seals([KEY])
const template = podTemplate(
  {
    image: 'i:1',
    pullPolicy: 'IfNotPresent',
    pullSecrets: [],
    priorityClass: null,
    resources: DEFAULT_WORKER_RESOURCES,
    ports: DEFAULT_WORKER_PORTS,
    logLevel: 'info',
    env: {},
  },
  {
    agent: { namespace: 'acme', name: 'a' },
    revision: { name: 'a-1', uid: 'r1' },
    callsPerPod: 5,
    callLimitMs: 60_000,
    options: {},
    secrets: [],
  },
)

/** As the server answers a create of ours, and our apply of the seal. */
function made(change: (pod: KubeObject) => void = () => undefined, status: object = {}): KubeObject {
  const bare = structuredClone(workerPod('a-1-x', template, seals)) as unknown as KubeObject
  Object.assign(bare.metadata, { uid: 'u1', resourceVersion: '9', creationTimestamp: '2026-11-27T08:00:00Z' })
  const { annotations } = podMarks({ namespace: 'acme', name: 'a-1-x', uid: 'u1' }, seals.sealOf(bare), false).metadata
  bare.metadata.annotations = { ...bare.metadata.annotations, ...(annotations as Record<string, string>) }
  const pod: KubeObject = { ...bare, status }
  change(pod)
  return pod
}
const spec = (pod: KubeObject) =>
  pod['spec'] as { containers: { image: string }[]; tolerations: object[]; nodeName?: string }

describe('whose a pod is', () => {
  it.each<[string, (pod: KubeObject) => void, object]>([
    [
      'ours',
      () => undefined,
      { made: 'sealed', edited: false, agent: 'a', revision: 'a-1', template: template.hash, controller: 'r1' },
    ],
    [
      'ours, when others add what is theirs',
      pod => {
        pod.metadata.labels = { ...pod.metadata.labels, 'topology.kubernetes.io/zone': 'a' }
        pod.metadata.annotations = { ...pod.metadata.annotations, 'cni/ip': '1' }
        spec(pod).nodeName = 'n1'
      },
      { made: 'sealed', edited: false },
    ],
    [
      'ours and changed: a label, yet still of its agent',
      pod => {
        pod.metadata.labels = { ...pod.metadata.labels, 'switchboard.dev/agent': 'b' }
      },
      { made: 'sealed', edited: true, agent: 'a' },
    ],
    [
      'ours and changed: its image',
      pod => {
        const [container] = spec(pod).containers
        if (container) container.image = 'i:2'
      },
      { made: 'sealed', edited: true },
    ],
    [
      'ours and changed: its owner',
      pod => {
        pod.metadata.ownerReferences = []
      },
      { made: 'sealed', edited: true, controller: null },
    ],
    [
      'ours and changed: a toleration',
      pod => {
        spec(pod).tolerations.push({ operator: 'Exists' })
      },
      { made: 'sealed', edited: true },
    ],
    [
      'not surely ours: the seal is off',
      pod => {
        delete pod.metadata.annotations?.['switchboard.dev/seal']
      },
      { made: 'unsealed', seal: null },
    ],
    [
      'not surely ours: another pod in its place',
      pod => {
        pod.metadata.uid = 'u2'
      },
      { made: 'unsealed', seal: null },
    ],
    [
      'not surely ours: a made-up seal',
      pod => {
        Object.assign(pod.metadata.annotations ?? {}, { 'switchboard.dev/seal': `v1/x/${'0'.repeat(32)}` })
      },
      { made: 'unsealed' },
    ],
    [
      'a stranger: a copy under another name',
      pod => {
        pod.metadata.name = 'copy'
      },
      { made: 'foreign', template: '' },
    ],
    [
      'a stranger: a copy in another namespace',
      pod => {
        pod.metadata.namespace = 'other'
      },
      { made: 'foreign' },
    ],
    [
      'a stranger: what it is for was changed',
      pod => {
        const { annotations = {} } = pod.metadata
        annotations['switchboard.dev/birth'] = (annotations['switchboard.dev/birth'] ?? '').replace('a-1', 'a-2')
      },
      { made: 'foreign', agent: 'a' },
    ],
    [
      'a stranger: labels alone',
      pod => {
        pod.metadata.annotations = {}
      },
      { made: 'foreign', agent: 'a', revision: 'a-1' },
    ],
  ])('%s', (_name, change, seen) => {
    expect(projectPod(made(change), seals)).toMatchObject(seen)
  })

  it('is known by an old key, and not by another', () => {
    expect(projectPod(made(), new Seals([OTHER, KEY])).made).toBe('sealed')
    expect(projectPod(made(), new Seals([OTHER])).made).toBe('foreign')
    expect(() => new Seals([new Uint8Array(8)])).toThrow(RangeError)
  })
})

const container = (state: object, is: object = {}) => ({
  containerStatuses: [
    { name: 'other', state: { running: {} } },
    { name: 'worker', restartCount: 0, state, ...is },
  ],
})
const readyAt = (status: 'True' | 'False', at: string) => ({
  startTime: '2026-11-27T08:00:01Z',
  conditions: [{ type: 'Ready', status, lastTransitionTime: at }],
})

describe('what is seen of a pod', () => {
  it.each<[string, object, object]>([
    [
      'nothing yet',
      {},
      { phase: 'Pending', ready: false, neverReady: true, container: { is: 'absent' }, node: null, lastEnd: '' },
    ],
    [
      'no place',
      { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes' }] },
      { unschedulable: '0/2 nodes' },
    ],
    [
      'no image',
      container({ waiting: { reason: 'ImagePullBackOff', message: 'not found' } }),
      {
        container: { is: 'waiting', reason: 'ImagePullBackOff', message: 'not found', ran: false },
        neverReady: true,
      },
    ],
    [
      'Ready',
      {
        ...container({ running: { startedAt: '2026-11-27T08:00:02Z' } }),
        ...readyAt('True', '2026-11-27T08:00:05Z'),
        phase: 'Running',
        podIP: '10.0.0.9',
      },
      {
        ready: true,
        neverReady: false,
        address: '10.0.0.9',
        container: { is: 'running', startedAt: Date.parse('2026-11-27T08:00:02Z') },
      },
    ],
    [
      'crashing from its start: it was never Ready',
      {
        ...container(
          { waiting: { reason: 'CrashLoopBackOff' } },
          { restartCount: 7, lastState: { terminated: { exitCode: 3, message: 'one\nthe last words\n' } } },
        ),
        ...readyAt('False', '2026-11-27T08:00:01Z'),
      },
      { neverReady: true, restarts: 7, lastEnd: 'the last words', container: { is: 'waiting', ran: true } },
    ],
    [
      'not Ready any more',
      { ...container({ running: {} }), ...readyAt('False', '2026-11-27T08:00:09Z') },
      { ready: false, neverReady: false },
    ],
    ['running, and nobody says since when it is not Ready', container({ running: {} }), { neverReady: false }],
    [
      'ended',
      {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'low on memory',
        ...container({ terminated: { reason: 'Error', exitCode: 137, finishedAt: '2026-11-27T09:00:00Z' } }),
      },
      {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'low on memory',
        container: { is: 'terminated', exitCode: 137 },
        lastEnd: 'Error, exit code 137',
      },
    ],
    [
      'about to go',
      {
        conditions: [
          { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'for another' },
        ],
      },
      {
        reason: 'PreemptionByScheduler',
        message: 'for another',
      },
    ],
  ])('%s', (_name, status, seen) => {
    expect(projectPod(made(undefined, status), seals)).toMatchObject(seen)
  })

  it('is small, whatever others write', () => {
    const status = container({ waiting: { reason: 'x'.repeat(5000), message: 'y'.repeat(50_000) } })
    expect(JSON.stringify(projectPod(made(undefined, status), seals)).length).toBeLessThan(2000)
  })
})

describe('a node', () => {
  const node = (spec: object, ready = 'True') =>
    projectNode({
      metadata: { name: 'n', uid: 'u', resourceVersion: '1' },
      spec,
      status: { conditions: [{ type: 'Ready', status: ready }] },
    })

  it.each<[string, object, string, object]>([
    ['that is well', {}, 'True', { ready: true, leaving: null, outOfService: false }],
    ['that is not heard of', {}, 'Unknown', { ready: false }],
    ['that is cordoned', { unschedulable: true }, 'True', { leaving: { cause: 'cordon' } }],
    [
      'that an autoscaler removes',
      { taints: [{ key: 'ToBeDeletedByClusterAutoscaler' }] },
      'True',
      { leaving: { cause: 'ToBeDeletedByClusterAutoscaler' } },
    ],
    [
      'that is out of service',
      { taints: [{ key: 'node.kubernetes.io/out-of-service' }] },
      'False',
      { outOfService: true, leaving: null },
    ],
  ])('%s', (_name, spec, ready, seen) => {
    expect(node(spec, ready)).toMatchObject(seen)
  })
})
