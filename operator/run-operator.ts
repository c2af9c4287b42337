/** The operator as a process: caches, keys, election, health; and the work, while it leads. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Meter } from '@opentelemetry/api'
import type { Logger } from 'pino'
import { Client } from '#kube/client/client.ts'
import type { CredentialSource } from '#kube/client/credentials.ts'
import { Elector } from '#kube/election/elector.ts'
import { Recorder } from '#kube/events/recorder.ts'
import type { ObservedNode } from '#operator/fleets/observed-node.ts'
import { openSeals } from '#operator/fleets/seal-key.ts'
import { Tokens } from '#operator/tokens/tokens.ts'
import { Caches, type Heard } from './process/caches.ts'
import { ClaimsKeeper } from './process/claims-keeper.ts'
import {
  isEchoOfAgent,
  isEchoOfRevision,
  isLowered,
  isMinorOfPod,
  isNothingOfPod,
  isSealedLate,
} from './process/echoes.ts'
import { type HealthServer, startHealth } from './process/http.ts'
import { Leadership } from './process/leadership.ts'
import { operatorMetrics, requestMetrics } from './process/metrics.ts'
import { FIELD_MANAGER, LEASE, type OperatorSettings } from './process/settings.ts'

export interface OperatorOptions {
  readonly settings: OperatorSettings
  readonly credentials: CredentialSource
  readonly log: Logger
  readonly meter: Meter
  /** Prometheus text. */
  readonly collect: () => Promise<string>
}

/** Between tries to reach the API server at the start. */
const AGAIN_MS = 2000
/** Behind so much a watch is not believed any more, and the process not ready. */
const STALE_MS = 300_000

export class Operator {
  readonly #o: OperatorOptions
  readonly #client: Client
  readonly #claims: ClaimsKeeper
  readonly #recorder: Recorder
  readonly #elector: Elector
  readonly #stop = new AbortController()
  readonly #nodes = new Map<string, ObservedNode>()
  #caches: Caches | null = null
  #tokens: Tokens | null = null
  #health: HealthServer | null = null
  #lead: Leadership | null = null
  /** Changes of the lead, one after the other. */
  #turns: Promise<void> = Promise.resolve()
  #begin: (() => Leadership) | null = null
  #synced = false
  #closing: Promise<void> | null = null

  private constructor(options: OperatorOptions) {
    this.#o = options
    const { settings, credentials } = options
    const userAgent = `switchboard-operator/${settings.version}`
    const failed = (error: unknown): void => this.#warn('an error at the API server', error)
    this.#client = new Client({
      credentials,
      userAgent,
      fieldManager: FIELD_MANAGER,
      rate: settings.rate,
      metrics: requestMetrics(options.meter),
    })
    this.#recorder = new Recorder({
      client: this.#client,
      controller: 'switchboard.dev/operator',
      instance: settings.identity,
      failed,
    })
    this.#claims = new ClaimsKeeper(({ agents, trunks }) => {
      for (const key of agents) this.#lead?.agent(key, this.#isNew(key) ? 'new' : 'normal')
      for (const key of trunks) this.#lead?.trunk(key)
    })
    this.#elector = new Elector({
      credentials,
      lease: { namespace: settings.namespace, name: LEASE },
      identity: settings.identity,
      userAgent,
      ...(settings.election && { policy: settings.election }),
      leading: () => this.#turn(() => this.#startLeading()),
      lost: () => this.#turn(() => this.#stopLeading('the lead is lost')),
      failed,
    })
  }

  /** @throws SB_OPERATOR_PORT; whatever the API server says is logged, and tried again */
  static async start(options: OperatorOptions): Promise<Operator> {
    const operator = new Operator(options)
    try {
      await operator.#serveHealth()
    } catch (error) {
      await operator.close()
      throw error
    }
    void operator.#begins().catch((error: unknown) => operator.#warn('the start failed', error))
    return operator
  }

  get httpPort(): number {
    return this.#health?.port ?? 0
  }

  get leading(): boolean {
    return this.#lead !== null && this.#elector.leading
  }

  /** Stops all work, then lets go of the lead, so that another takes it at once. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #begins(): Promise<void> {
    const { settings, log } = this.#o
    const { namespace } = settings
    const seals = await this.#until(() => openSeals(this.#client, namespace, bytes => randomBytes(bytes)))
    const tokens = await this.#until(() =>
      Tokens.open({
        client: this.#client,
        namespace,
        onKeys: () => this.#lead?.keysChanged(),
        onError: error => this.#warn('the keys of tokens', error),
      }),
    )
    this.#tokens = tokens
    const caches = new Caches(this.#client, seals, this.#heard(), (resource, error) =>
      this.#warn(`the watch of ${resource}`, error),
    )
    this.#caches = caches
    caches.start()
    await caches.synced()
    this.#synced = true
    log.info({ agents: caches.agents.cache.size, pods: caches.pods.cache.size }, 'caches are whole')
    const metrics = operatorMetrics(this.#o.meter, () => ({
      leading: this.leading,
      queue: this.#lead?.agents.stats ?? null,
      cacheBytes: caches.bytes,
      staleMs: caches.staleMs,
      agents: caches.agents.cache.size,
      pods: caches.pods.cache.size,
      streams: this.#lead?.follower.counts.open ?? 0,
      eventsDropped: this.#recorder.dropped,
    }))
    this.#begin = () =>
      new Leadership({
        client: this.#client,
        leads: () => this.#elector.leading,
        caches,
        nodes: this.#nodes,
        book: this.#claims.book,
        seals,
        tokens,
        recorder: this.#recorder,
        settings,
        metrics,
        failed: (what, error, failures) => this.#warn(what, error, failures),
      })
    await this.#until(() => this.#elector.start())
  }

  #heard(): Heard {
    const lead = (): Leadership | null => this.#lead
    return {
      agent: change => {
        const { entry, is } = change
        this.#claims.agent(change)
        if (isEchoOfAgent(change)) lead()?.echo(entry.key, entry)
        else if (is === 'resynced') lead()?.agent(entry.key, 'background')
        // whose its numbers are is decided in a moment, and told: its first turn knows
        else if (is !== 'added') lead()?.agent(entry.key)
        else if (!this.#claims.book.isOpen(entry.key)) lead()?.agent(entry.key, 'new')
      },
      revision: change => {
        const { namespace, agent } = change.entry.value
        const key = `${namespace}/${agent}`
        if (isLowered(change)) lead()?.again(key)
        else if (isEchoOfRevision(change)) lead()?.echo(key, change.entry)
        else if (change.is !== 'resynced') lead()?.agents.add(key)
      },
      trunk: change => {
        this.#claims.trunk(change)
        lead()?.trunk(change.entry.key)
      },
      pod: change => {
        const { namespace, agent } = change.entry.value
        const key = `${namespace}/${agent}`
        lead()?.pod(change)
        if (change.is === 'resynced' || isNothingOfPod(change)) return
        if (!isMinorOfPod(change)) lead()?.agents.add(key, 'urgent')
        else if (isSealedLate(change)) lead()?.again(key)
        else lead()?.echo(key, change.entry)
      },
      node: ({ is, entry: { key, value } }) => {
        if (is === 'resynced') return
        if (is === 'deleted') this.#nodes.delete(key)
        else this.#nodes.set(key, value)
        for (const pod of this.#caches?.pods.cache.by('node', key) ?? [])
          lead()?.agents.add(`${pod.value.namespace}/${pod.value.agent}`, 'urgent')
      },
      namespace: change => {
        this.#claims.namespace(change)
        if (change.is === 'resynced') return
        for (const agent of this.#caches?.agents.cache.by('namespace', change.entry.key) ?? []) lead()?.agent(agent.key)
      },
      configMap: ({ is, entry }) => {
        if (is === 'resynced') return
        for (const agent of this.#caches?.agents.cache.by('configMap', entry.key) ?? []) lead()?.agent(agent.key)
      },
      kept: (resource, change) => lead()?.kept(resource, change),
    }
  }

  /** Nobody has worked on it yet. */
  #isNew(agent: string): boolean {
    return this.#caches?.agents.cache.get(agent)?.value.status.observedGeneration === undefined
  }

  #startLeading(): Promise<void> {
    if (this.#begin === null || this.#lead !== null || this.#stop.signal.aborted) return Promise.resolve()
    this.#lead = this.#begin()
    this.#lead.start()
    this.#o.log.info({ identity: this.#o.settings.identity }, 'leading')
    return Promise.resolve()
  }

  async #stopLeading(why: string): Promise<void> {
    const lead = this.#lead
    this.#lead = null
    if (lead === null) return
    this.#o.log.info({ why }, 'not leading any more')
    await lead.stop()
  }

  #turn(change: () => Promise<void>): void {
    this.#turns = this.#turns.then(change).catch((error: unknown) => this.#warn('a change of the lead', error))
  }

  async #serveHealth(): Promise<void> {
    const { settings, collect } = this.#o
    const notReady = (): string | null => {
      if (!this.#synced) return 'the caches are not whole yet'
      const staleMs = this.#caches?.staleMs ?? 0
      return staleMs > STALE_MS ? `nothing was heard of the API server for ${Math.round(staleMs / 1000)} s` : null
    }
    this.#health = await startHealth({ ill: () => null, notReady, metrics: collect }, settings.http)
  }

  async #close(): Promise<void> {
    this.#stop.abort()
    this.#turn(() => this.#stopLeading('the process stops'))
    await this.#turns
    await this.#elector.release()
    this.#claims.close()
    this.#caches?.stop()
    this.#tokens?.close()
    await this.#recorder.close()
    await this.#client.close()
    await this.#health?.close()
  }

  /** Tries until it works: an API server that is away for a while is no reason to crash. */
  async #until<T>(what: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await what()
      } catch (error) {
        this.#stop.signal.throwIfAborted()
        this.#warn('the start waits for the API server', error)
        await sleep(AGAIN_MS, undefined, { signal: this.#stop.signal })
      }
    }
  }

  #warn(what: string, error: unknown, failures = 1): void {
    if (this.#stop.signal.aborted) return
    this.#o.log.warn({ err: error, failures }, what)
  }
}
