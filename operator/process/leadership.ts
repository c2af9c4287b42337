/** The work of the one operator that leads: queues, loads, plans. Made when the lead is won, and thrown away when it is lost. */
import type { Client } from '#kube/client/client.ts'
import type { Ms } from '#kube/clock.ts'
import type { Recorder } from '#kube/events/recorder.ts'
import { Controller, type QueueMetrics } from '#kube/queue/controller.ts'
import type { Change } from '#kube/reflector/cache.ts'
import type { Resource } from '#kube/resource.ts'
import { AgentReconciler } from '#operator/agents/agent-reconciler.ts'
import { Resolutions } from '#operator/agents/resolutions.ts'
import { SecretLooks } from '#operator/agents/secret-looks.ts'
import { Snapshots } from '#operator/agents/snapshots.ts'
import { secondsOf } from '#operator/agents/status.ts'
import { StatusWriter } from '#operator/agents/status-writer.ts'
import { Fleets } from '#operator/fleets/fleets.ts'
import type { ObservedNode } from '#operator/fleets/observed-node.ts'
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'
import { BUDGETS } from '#operator/fleets/resources.ts'
import type { Seals } from '#operator/fleets/seal.ts'
import { type KeptObject, Upkeep } from '#operator/fleets/upkeep.ts'
import { COUNTER_LIMITS, CounterWrites } from '#operator/loads/counter-writes.ts'
import { LoadFollower } from '#operator/loads/load-follower.ts'
import { WorkerCalls } from '#operator/loads/worker-calls.ts'
import type { Tokens } from '#operator/tokens/tokens.ts'
import type { ClaimBook } from '#operator/trunks/claim-book.ts'
import { type TrunkStatus, trunkStatus } from '#operator/trunks/trunk-status.ts'
import { type Caches, TRUNKS } from './caches.ts'
import { EchoBox } from './echo-box.ts'
import { fenced } from './fenced-client.ts'
import { NamespaceKeeper } from './namespace-keeper.ts'
import { OwnWrites, type Versioned } from './own-writes.ts'
import type { OperatorSettings } from './settings.ts'

export interface LeadershipOptions {
  readonly client: Client
  readonly leads: () => boolean
  readonly caches: Caches
  readonly nodes: ReadonlyMap<string, ObservedNode>
  readonly book: ClaimBook
  readonly seals: Seals
  readonly tokens: Tokens
  readonly recorder: Recorder
  readonly settings: OperatorSettings
  readonly metrics: QueueMetrics
  readonly failed: (what: string, error: unknown, failures: number) => void
}

/** Load changes with every call; so often is often enough for a plan. */
const LOAD_MS: Ms = 300
/** What others wrote and nobody waits for; many in a row are one. */
const AGAIN_MS: Ms = 500
/** Calls are counted when the pods were heard of, not while nobody has asked them yet: a change of leader is no reason to write. */
const HEARING_MS: Ms = 15_000
/** Counts of a trunk change with every agent that comes. */
const TRUNK_MS: Ms = 1000

/** Epoch milliseconds that are never set back: those of loads are of the same clock. */
const now = (): Ms => performance.timeOrigin + performance.now()

export class Leadership {
  readonly agents: Controller
  readonly #o: LeadershipOptions
  readonly #trunks: Controller
  readonly #namespaces: Controller
  readonly #keeper: NamespaceKeeper
  readonly #fleets: Fleets
  readonly #upkeep: Upkeep
  readonly #trunkStatus: StatusWriter<TrunkStatus>
  readonly follower: LoadFollower
  readonly #workers: WorkerCalls
  readonly #echoes: EchoBox
  #stopping: Promise<void> | null = null

  constructor(options: LeadershipOptions) {
    this.#o = options
    const { caches, nodes, book, seals, tokens, recorder, settings, failed } = options
    const own = new OwnWrites()
    const client = fenced(options.client, options.leads, object => own.wrote(object, now()))
    this.#echoes = new EchoBox({
      own,
      working: key => this.agents.isWorking(key),
      told: key => this.agents.add(key),
    })
    const { http: port } = settings.worker.ports
    const counters = new CounterWrites(COUNTER_LIMITS, now() + HEARING_MS)
    this.follower = new LoadFollower({
      signer: tokens,
      port,
      onChange: (key, _uid, standing) => {
        if (standing) this.agents.add(key, 'urgent')
        else this.agents.addAfter(key, LOAD_MS)
      },
    })
    this.#workers = new WorkerCalls({ signer: tokens, port })
    this.#fleets = new Fleets({
      client,
      seals,
      drains: this.#workers,
      now,
      random: Math.random,
      ...(settings.fleet && { policy: settings.fleet }),
      failed: (key, step, error, refusal) => {
        if (refusal.is !== 'stale') failed(`${step.do} for ${key}`, error, 1)
      },
    })
    this.#upkeep = new Upkeep(client)
    this.#keeper = new NamespaceKeeper({ client, caches, book, keys: () => tokens.publicKeys, settings })
    this.#trunkStatus = new StatusWriter(client, TRUNKS, counters, now)
    const reconciler = new AgentReconciler({
      client,
      caches,
      nodes,
      book,
      fleets: this.#fleets,
      follower: this.follower,
      workers: this.#workers,
      resolutions: new Resolutions(
        client,
        (namespace, name) => caches.configMaps.cache.get(`${namespace}/${name}`)?.value ?? null,
      ),
      snapshots: new Snapshots(),
      secrets: new SecretLooks(client, now),
      namespaces: this.#keeper,
      upkeep: this.#upkeep,
      recorder,
      counters,
      settings,
      now,
      leaderSince: now(),
      failed: (key, error) => failed(`VoiceAgent ${key}`, error, 1),
    })
    const told = (kind: string) => (key: string, error: unknown, failures: number) =>
      failed(`${kind} ${key}`, error, failures)
    this.agents = new Controller({
      reconcile: (key, signal) => reconciler.reconcile(key, signal),
      failed: told('VoiceAgent'),
      concurrency: settings.concurrency,
      metrics: options.metrics,
    })
    this.#trunks = new Controller({ reconcile: (key, signal) => this.#trunk(key, signal), failed: told('SipTrunk') })
    this.#namespaces = new Controller({
      reconcile: (namespace, signal) => this.#keeper.keep(namespace, signal),
      failed: told('Namespace'),
    })
  }

  /** Everything is looked at once; then what changes. */
  start(): void {
    const { caches } = this.#o
    for (const { key, value } of caches.agents.cache.entries()) {
      this.agents.add(key, 'background')
      this.#namespaces.add(value.namespace, 'background')
    }
    for (const { value: pod } of caches.pods.cache.entries())
      this.agents.add(`${pod.namespace}/${pod.agent}`, 'background')
    for (const { key } of caches.trunks.cache.entries()) this.#trunks.add(key, 'background')
    for (const controller of [this.agents, this.#trunks, this.#namespaces]) controller.start()
  }

  /** Idempotent. Resolves when nothing of it runs any more. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  agent(key: string, urgency: 'normal' | 'new' | 'background' = 'normal'): void {
    this.agents.add(key, urgency)
    if (urgency !== 'background') this.namespace(key.slice(0, key.indexOf('/')))
  }

  /** Something that is most likely of our own making. */
  echo(key: string, object: Versioned): void {
    this.#echoes.heard(key, object)
  }

  /** Something that nobody waits for. */
  again(key: string): void {
    this.agents.addAfter(key, AGAIN_MS)
  }

  namespace(name: string): void {
    this.#namespaces.addAfter(name, TRUNK_MS)
  }

  trunk(key: string): void {
    this.#trunks.addAfter(key, TRUNK_MS)
  }

  pod(change: Change<ObservedPod>): void {
    this.#fleets.podChanged(change)
  }

  kept(resource: Resource, change: Change<KeptObject>): void {
    const { is, entry } = change
    // a status, or what is another's
    if (is === 'resynced' || (is === 'updated' && entry.value.hash === change.before.value.hash)) return
    if (is === 'deleted') {
      this.#upkeep.forget(entry.value.uid)
      this.#keeper.gone(entry.value)
    }
    if (resource === BUDGETS && is === 'deleted') this.agents.add(entry.key)
    else if (resource === BUDGETS) this.echo(entry.key, entry)
    else this.namespace(entry.key.slice(0, entry.key.indexOf('/')))
  }

  /** Workers must be given other public keys. */
  keysChanged(): void {
    for (const { value } of this.#o.caches.agents.cache.entries()) this.#namespaces.add(value.namespace, 'background')
  }

  async #trunk(key: string, signal: AbortSignal): Promise<void | { readonly againMs: Ms }> {
    const { caches, book } = this.#o
    const trunk = caches.trunks.cache.get(key)?.value
    if (trunk === undefined) return
    const before = this.#trunkStatus.before(trunk, trunk.status)
    const next = trunkStatus(trunk.generation, trunk.fault, book.counts(key), before, secondsOf(now()))
    const again = await this.#trunkStatus.write(trunk, before, next, signal)
    if (again !== null) return { againMs: Math.max(1, again - now()) }
  }

  async #stop(): Promise<void> {
    await Promise.all([this.agents, this.#trunks, this.#namespaces].map(controller => controller.stop()))
    this.#echoes.close()
    this.follower.close()
    this.#workers.close()
  }
}
