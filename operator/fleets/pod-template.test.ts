import { describe, expect, it } from 'vitest'
import { type PodOrder, podTemplate } from './pod-template.ts'
import { DEFAULT_WORKER_PORTS, DEFAULT_WORKER_RESOURCES, type WorkerConfig } from './worker-config.ts'

const config: WorkerConfig = {
  image: 'registry.example/switchboard@sha256:1',
  pullPolicy: 'IfNotPresent',
  pullSecrets: [],
  priorityClass: 'switchboard-worker',
  resources: DEFAULT_WORKER_RESOURCES,
  ports: DEFAULT_WORKER_PORTS,
  logLevel: 'info',
  env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', SWITCHBOARD_SLOTS: '999' },
}
const order: PodOrder = {
  agent: { namespace: 'acme', name: 'a' },
  revision: { name: 'a-1', uid: 'r1' },
  callsPerPod: 7,
  callLimitMs: 600_500,
  options: {},
  secrets: [{ name: 'openai', keys: ['b', 'a'] }],
}
interface Spec {
  readonly terminationGracePeriodSeconds: number
  readonly tolerations: readonly { key?: string; tolerationSeconds?: number }[]
  readonly containers: readonly { env: readonly { name: string; value?: string }[]; resources: object }[]
  readonly volumes: readonly { name: string; secret?: object; hostPath?: object; projected?: object }[]
}
const specOf = (options: PodOrder['options'] = {}): Spec => podTemplate(config, { ...order, options }).spec as Spec
const envOf = (name: string): string | undefined =>
  specOf().containers[0]?.env.findLast(one => one.name === name)?.value

describe('a worker pod', () => {
  it('has time for the longest call, and the worker takes a minute less', () => {
    expect(specOf().terminationGracePeriodSeconds).toBe(691)
    expect(envOf('SWITCHBOARD_DRAIN_DEADLINE')).toBe('631')
  })

  it('is told its slots by the agent, and by nothing that is passed on', () => {
    expect(envOf('SWITCHBOARD_SLOTS')).toBe('7')
    expect(envOf('OTEL_EXPORTER_OTLP_ENDPOINT')).toBe('http://collector:4318')
  })

  it('bears lost nodes without end, and what the agent says beside', () => {
    const { tolerations } = specOf({ tolerations: [{ key: 'voice', operator: 'Exists' }] })
    expect(tolerations.map(t => t.key)).toEqual([
      'node.kubernetes.io/not-ready',
      'node.kubernetes.io/unreachable',
      'voice',
    ])
    expect(tolerations.every(t => t.tolerationSeconds === undefined)).toBe(true)
  })

  it('mounts the keys of a Secret that are named, no more, and starts without it', () => {
    const items = [
      { key: 'a', path: 'a' },
      { key: 'b', path: 'b' },
    ]
    const { volumes } = specOf()
    expect(volumes.flatMap(volume => volume.secret ?? [])).toEqual([
      { secretName: 'openai', items, optional: true, defaultMode: 0o440 },
    ])
    expect(volumes.every(volume => volume.hostPath === undefined && volume.projected === undefined)).toBe(true)
  })

  it('takes resources of the agent over those of the installation, one by one', () => {
    expect(specOf({ resources: { requests: { cpu: '2' } } }).containers[0]?.resources).toEqual({
      requests: { cpu: '2', memory: '256Mi' },
      limits: { memory: '512Mi' },
    })
  })

  it('keeps its own labels, whatever the agent says', () => {
    const labels = { team: 'desk', 'switchboard.dev/agent': 'other' }
    expect(podTemplate(config, { ...order, options: { labels } }).labels).toMatchObject({
      team: 'desk',
      'switchboard.dev/agent': 'a',
    })
  })

  it('is another template when anything of it changes, and only then', () => {
    const { hash } = podTemplate(config, order)
    expect(podTemplate({ ...config }, structuredClone(order)).hash).toBe(hash)
    expect(podTemplate({ ...config, image: 'x' }, order).hash).not.toBe(hash)
    expect(podTemplate(config, { ...order, callsPerPod: 8 }).hash).not.toBe(hash)
    expect(podTemplate(config, { ...order, options: { labels: { a: 'b' } } }).hash).not.toBe(hash)
  })
})
