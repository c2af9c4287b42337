/**
 * A node, as far as an API server without controllers lacks one: binds pods, runs each worker as a real process with the environment, files and
 * address that its spec says, probes it, and ends it when the pod is deleted. Everything of a pod lies on a loopback address of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#kube/client/client.ts'
import type { KubeObject } from '#kube/object.ts'
import type { Resource } from '#kube/resource.ts'

const core = (plural: string, kind: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
})
const PODS = core('pods', 'Pod')
const NODES = core('nodes', 'Node', false)
const LOOK_MS = 150

interface PodSpec {
  readonly nodeName?: string
  readonly containers: readonly {
    readonly image: string
    readonly env: readonly { name: string; value?: string; valueFrom?: { fieldRef: { fieldPath: string } } }[]
    readonly volumeMounts: readonly { name: string; mountPath: string }[]
  }[]
  readonly volumes: readonly {
    readonly name: string
    readonly configMap?: { name: string }
    readonly secret?: { secretName: string; items: readonly { key: string; path: string }[] }
  }[]
}

interface Running {
  readonly child: ChildProcess
  readonly folder: string
  readonly ip: string
  readonly port: string
  readonly ended: Promise<number>
  said: string
}

export class Kubelet {
  /** How a pod that is not running yet does instead: by image, the reason that its container waits with. */
  readonly broken = new Map<string, string>()
  readonly #client: Client
  readonly #node: string
  readonly #running = new Map<string, Running>()
  readonly #subnet: number
  #next = 1
  #stopped = false
  #loop: Promise<void> | null = null

  /** @param subnet pods are at 127.SUBNET.0.n */
  constructor(client: Client, node: string, subnet: number) {
    this.#client = client
    this.#node = node
    this.#subnet = subnet
  }

  async start(): Promise<void> {
    const node = await this.#client.create(NODES, { metadata: { name: this.#node } })
    const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: now() }]
    await this.#client.replace(NODES, { ...node, status: { conditions } }, { subresource: 'status' })
    this.#loop = this.#run()
  }

  /** What workers that run have written, for a test that fails. */
  get said(): string {
    return [...this.#running.values()].map(one => one.said).join('\n')
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#loop
    for (const one of this.#running.values()) {
      one.child.kill('SIGKILL')
      await one.ended
      await rm(one.folder, { recursive: true, force: true })
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const { items } = await this.#client.list(PODS, { labels: 'app.kubernetes.io/managed-by=switchboard' })
      await Promise.all(items.map(pod => this.#look(pod).catch(() => undefined)))
      await sleep(LOOK_MS)
    }
  }

  async #look(pod: KubeObject): Promise<void> {
    const { namespace, name, uid } = pod.metadata
    const spec = pod['spec'] as PodSpec
    const running = this.#running.get(uid)
    if (pod.metadata.deletionTimestamp !== undefined) return this.#end(pod, running)
    if (spec.nodeName === undefined) {
      const binding = { metadata: { namespace, name }, target: { apiVersion: 'v1', kind: 'Node', name: this.#node } }
      await this.#client.create({ ...PODS, plural: `pods/${name}/binding`, kind: 'Binding' }, binding)
      return
    }
    const [container] = spec.containers
    const fault = this.broken.get(container?.image ?? '')
    if (fault !== undefined && running === undefined) {
      const state = { waiting: { reason: fault, message: `Back-off pulling image "${container?.image ?? ''}"` } }
      return this.#status(pod, { phase: 'Pending', state, ready: false, ip: null })
    }
    if (running === undefined) {
      this.#running.set(uid, await this.#begin(pod, spec))
      return
    }
    const ready = await fetch(`http://${running.ip}:${running.port}/readyz`).then(
      answer => answer.ok,
      () => false,
    )
    const state = { running: { startedAt: pod.metadata.creationTimestamp } }
    await this.#status(pod, { phase: 'Running', state, ready, ip: running.ip })
  }

  async #begin(pod: KubeObject, spec: PodSpec): Promise<Running> {
    const folder = await mkdtemp(join(tmpdir(), 'pod-'))
    const ip = `127.${this.#subnet}.0.${this.#next++}`
    const [container] = spec.containers
    const places = new Map<string, string>()
    for (const { name, mountPath } of container?.volumeMounts ?? []) {
      const place = join(folder, mountPath)
      await mkdir(place, { recursive: true })
      places.set(mountPath, place)
      const volume = spec.volumes.find(one => one.name === name)
      await this.#fill(pod.metadata.namespace ?? '', place, volume)
    }
    const fields: Record<string, string> = {
      'metadata.name': pod.metadata.name,
      'metadata.namespace': pod.metadata.namespace ?? '',
      'metadata.uid': pod.metadata.uid,
      'status.podIP': ip,
    }
    const env: Record<string, string> = {}
    for (const { name, value, valueFrom } of container?.env ?? [])
      env[name] = value === undefined ? (fields[valueFrom?.fieldRef.fieldPath ?? ''] ?? '') : inside(value, folder)
    const child = spawn(process.execPath, ['cli/main.ts', 'worker'], {
      // of this machine many workers are one host: each binds its own address
      env: { PATH: process.env['PATH'], ...env, SWITCHBOARD_HTTP_HOST: ip, SWITCHBOARD_SIP_HOST: ip },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const running: Running = {
      child,
      folder,
      ip,
      port: env['SWITCHBOARD_HTTP_PORT'] ?? '',
      ended: new Promise(resolve => child.once('close', code => resolve(code ?? 1))),
      said: '',
    }
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      running.said = `${running.said}${text}`.slice(-20_000)
    })
    return running
  }

  async #fill(namespace: string, place: string, volume: PodSpec['volumes'][number] | undefined): Promise<void> {
    if (volume?.configMap) {
      const map = await this.#client.get(core('configmaps', 'ConfigMap'), { namespace, name: volume.configMap.name })
      const data = (map?.['data'] ?? {}) as Record<string, string>
      for (const [key, text] of Object.entries(data)) await writeFile(join(place, key), text)
    }
    if (volume?.secret) {
      const secret = await this.#client.get(core('secrets', 'Secret'), { namespace, name: volume.secret.secretName })
      const data = (secret?.['data'] ?? {}) as Record<string, string>
      for (const { key, path } of volume.secret.items)
        if (data[key] !== undefined) await writeFile(join(place, path), Buffer.from(data[key], 'base64'))
    }
  }

  async #end(pod: KubeObject, running: Running | undefined): Promise<void> {
    if (running !== undefined) {
      running.child.kill('SIGTERM')
      await running.ended
      this.#running.delete(pod.metadata.uid)
      await rm(running.folder, { recursive: true, force: true })
    }
    const { namespace, name } = pod.metadata
    const live = await this.#client.get(PODS, { namespace, name })
    if (live === null || live.metadata.uid !== pod.metadata.uid) return
    const { uid, resourceVersion } = live.metadata
    await this.#client.delete(PODS, { namespace, name, uid, resourceVersion }, { gracePeriodSeconds: 0 })
  }

  async #status(
    pod: KubeObject,
    { phase, state, ready, ip }: { phase: string; state: object; ready: boolean; ip: string | null },
  ): Promise<void> {
    const [container] = (pod['spec'] as PodSpec).containers
    const before = pod['status'] as { conditions?: { type: string; status: string }[]; phase?: string }
    const was = before.conditions?.find(condition => condition.type === 'Ready')?.status
    if (before.phase === phase && was === (ready ? 'True' : 'False')) return
    const status = {
      phase,
      ...(ip !== null && { podIP: ip, podIPs: [{ ip }] }),
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: now() },
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: now() },
      ],
      containerStatuses: [
        { name: 'worker', image: container?.image, imageID: '', ready, restartCount: 0, state, started: ready },
      ],
    }
    await this.#client.replace(PODS, { ...pod, status }, { subresource: 'status' })
  }
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`
}

/** Paths of the container become paths in its folder. */
function inside(value: string, folder: string): string {
  return /^\/(var|etc)\//.test(value) ? join(folder, value) : value
}
