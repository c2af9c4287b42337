/** One cluster for tests of the operator: an API server of its own, a node that runs workers, and operators in this process. */

import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createNoopMeter, type Meter } from '@opentelemetry/api'
import { pino } from 'pino'
import { Client } from '#kube/client/client.ts'
import { type CredentialSource, loadCluster } from '#kube/client/credentials.ts'
import type { KubeObject } from '#kube/object.ts'
import type { ObjectName, Resource } from '#kube/resource.ts'
import { DEFAULT_FLEET_POLICY } from '#operator/fleets/policy.ts'
import type { OperatorSettings } from '#operator/process/settings.ts'
import { Operator } from '#operator/run-operator.ts'
import { OPERATOR_METRIC } from '#telemetry/metrics.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { freePort } from '#test/apiserver/ports.ts'
import { installCrds } from '../crds.ts'
import { Kubelet } from './kubelet.ts'

export const SYSTEM = 'switchboard-system'
const SETTLE_MS = 40_000

export const ours = (plural: string, kind: string): Resource => ({
  group: 'switchboard.dev',
  version: 'v1alpha1',
  plural,
  kind,
  namespaced: true,
})
export const AGENTS = ours('voiceagents', 'VoiceAgent')
export const REVISIONS = ours('voiceagentrevisions', 'VoiceAgentRevision')
export const TRUNKS = ours('siptrunks', 'SipTrunk')
export const core = (plural: string, kind: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
})
export const PODS = core('pods', 'Pod')

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

export class Stage {
  readonly server: ApiServer
  readonly client: Client
  readonly kubelet: Kubelet
  readonly log: string[] = []
  /** Of agents, over all operators. */
  turns = 0
  readonly #credentials: CredentialSource
  readonly #httpPort: number
  readonly #sipPort: number
  readonly #operators: Operator[] = []

  private constructor(
    server: ApiServer,
    client: Client,
    kubelet: Kubelet,
    credentials: CredentialSource,
    ports: readonly [number, number],
  ) {
    this.server = server
    this.client = client
    this.kubelet = kubelet
    this.#credentials = credentials
    ;[this.#httpPort, this.#sipPort] = ports
  }

  static async set(subnet: number): Promise<Stage> {
    const server = await startApiServer()
    await installCrds(server)
    const { credentials } = await loadCluster(await readFile(server.access.kubeconfig, 'utf8'))
    const client = new Client({
      credentials,
      userAgent: 'test',
      fieldManager: 'test',
      rate: { qps: 1000, burst: 1000 },
    })
    await client.create(core('namespaces', 'Namespace', false), { metadata: { name: SYSTEM } })
    const kubelet = new Kubelet(client, 'node-a', subnet)
    await kubelet.start()
    return new Stage(server, client, kubelet, credentials, [await freePort(), await freePort()])
  }

  async clear(): Promise<void> {
    for (const operator of this.#operators) await operator.close()
    await this.kubelet.stop()
    await this.client.close()
    await this.server.stop()
  }

  async operator(identity: string, over: Partial<OperatorSettings> = {}): Promise<Operator> {
    const write = (line: string): number => this.log.push(line)
    const operator = await Operator.start({
      credentials: this.#credentials,
      log: pino({ level: 'info' }, { write }),
      meter: countingMeter(() => {
        this.turns += 1
      }),
      collect: () => Promise.resolve('# nothing\n'),
      settings: {
        namespace: SYSTEM,
        serviceAccount: 'switchboard-operator',
        identity,
        version: '0.0.0',
        http: { host: '127.0.0.1', port: 0 },
        worker: {
          image: 'worker:1',
          pullPolicy: 'IfNotPresent',
          pullSecrets: [],
          priorityClass: null,
          resources: {},
          ports: { sip: this.#sipPort, http: this.#httpPort, rtp: { from: 21_000, to: 21_100 } },
          logLevel: 'info',
          env: {},
        },
        network: { policies: true, metrics: [], edges: [], dns: [], denied: [], urls: [] },
        historyLimit: 3,
        concurrency: 8,
        replacements: 10,
        rate: { qps: 200, burst: 400 },
        election: { leaseMs: 3000, believeMs: 2000, retryMs: 300 },
        fleet: { ...DEFAULT_FLEET_POLICY, stableMs: 500 },
        ...over,
      },
    })
    this.#operators.push(operator)
    return operator
  }

  async apply(...args: string[]): Promise<void> {
    const { code, err } = await this.server.kubectl(['apply', ...args])
    if (code !== 0) throw new Error(err)
  }

  async get(resource: Resource, namespace: string, name: string): Promise<KubeObject> {
    const object = await this.client.get(resource, { namespace, name })
    if (object === null) throw new Error(`no ${resource.kind} ${namespace}/${name}`)
    return object
  }

  /** Deletes it in whatever state it is. */
  async remove(resource: Resource, object: ObjectName): Promise<void> {
    for (;;) {
      const live = await this.client.get(resource, object)
      if (live === null) return
      const { uid, resourceVersion } = live.metadata
      await this.client.delete(resource, { ...object, uid, resourceVersion }).catch(() => undefined)
      if (live.metadata.deletionTimestamp !== undefined) return
    }
  }

  async conditions(name: string, namespace = 'acme'): Promise<Record<string, Condition>> {
    const { status } = await this.get(AGENTS, namespace, name)
    const { conditions = [] } = (status ?? {}) as { conditions?: Condition[] }
    return Object.fromEntries(conditions.map(condition => [condition.type, condition]))
  }

  async pods(agent: string, namespace = 'acme'): Promise<KubeObject[]> {
    const { items } = await this.client.list(PODS, { namespace, labels: `switchboard.dev/agent=${agent}` })
    return [...items]
  }

  async until(what: string, look: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + SETTLE_MS
    for (;;) {
      if (await look().catch(() => false)) return
      if (performance.now() > end)
        throw new Error(
          `not in ${SETTLE_MS} ms: ${what}\n${this.log.slice(-15).join('')}\n${this.kubelet.said.slice(-3000)}`,
        )
      await sleep(100)
    }
  }

  /** Waits until an agent says so. */
  says(name: string, type: string, status: string, reason?: string): Promise<void> {
    return this.until(`${name}: ${type} ${status} ${reason ?? ''}`, async () => {
      const said = (await this.conditions(name))[type]
      return said?.status === status && (reason === undefined || said.reason === reason)
    })
  }

  /** Requests that change anything, since the last call: none of them is made when nothing happens. */
  async resourceVersions(): Promise<Record<string, string>> {
    const all = [AGENTS, REVISIONS, TRUNKS, PODS, core('configmaps', 'ConfigMap')]
    const lists = await Promise.all(all.map(resource => this.client.list(resource, {})))
    return Object.fromEntries(
      lists.flatMap(({ items }) =>
        items.map(({ kind, metadata }) => [
          `${kind ?? ''}/${metadata.namespace ?? ''}/${metadata.name}`,
          metadata.resourceVersion,
        ]),
      ),
    )
  }
}

function countingMeter(turn: () => void): Meter {
  const meter = createNoopMeter()
  const histogram = meter.createHistogram.bind(meter)
  return Object.assign(meter, {
    createHistogram: (name: string) =>
      name === OPERATOR_METRIC.reconcileTime.name ? { record: turn } : histogram(name),
  })
}
