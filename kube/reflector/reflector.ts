/** Keeps a cache of one resource true: the core's effects become requests, their answers its events. */

import type { Client } from '../client/client.ts'
import { type Clock, type Random, systemClock } from '../clock.ts'
import { kubeCacheLarge, kubeHandlerFailed, kubeWatchSilent } from '../errors.ts'
import { errorOf, failureOf, failureOfKind } from '../failure.ts'
import type { KubeObject, WatchEvent } from '../object.ts'
import { type Resource, titleOf } from '../resource.ts'
import { Cache, type CacheOptions, type Change } from './cache.ts'
import {
  DEFAULT_REFLECTOR_POLICY,
  newReflectorState,
  type ReflectorEffect,
  type ReflectorEvent,
  type ReflectorPolicy,
  type ReflectorState,
} from './state.ts'
import { step } from './step.ts'

export interface ReflectorOptions<T, I extends string> extends Omit<CacheOptions<T, I>, 'changed'> {
  readonly client: Pick<Client, 'list' | 'watch'>
  readonly resource: Resource
  /** One namespace; all when left out. */
  readonly namespace?: string
  /** Label selector. */
  readonly labels?: string
  /** Field selector. */
  readonly fields?: string
  /** Of each object only its metadata. */
  readonly metadataOnly?: boolean
  readonly policy?: Partial<ReflectorPolicy>
  /** Called once, as an error, each time the cache grows beyond it. Default 256 MiB. */
  readonly maxBytes?: number
  /** Listens to changes. Should only note keys: it is called inline. What it throws goes to `failed`. */
  readonly changed?: (change: Change<T>) => void
  /** Gets every error. The reflector goes on by itself. */
  readonly failed: (error: unknown) => void
  readonly clock?: Clock
  readonly random?: Random
}

const DEFAULT_MAX_BYTES = 256 * 2 ** 20
/** An object in etcd is at most about 1.5 MiB; its JSON may be somewhat longer. */
const MAX_LINE_BYTES = 8 * 2 ** 20

export class Reflector<T, I extends string = never> {
  readonly cache: Cache<T, I>
  readonly #o: ReflectorOptions<T, I>
  readonly #policy: ReflectorPolicy
  readonly #clock: Clock
  readonly #random: Random
  readonly #state: ReflectorState
  readonly #synced = Promise.withResolvers<void>()
  #abort: AbortController | null = null
  #cancel: (() => void) | null = null
  #large = false

  constructor(options: ReflectorOptions<T, I>) {
    this.#o = options
    this.#policy = { ...DEFAULT_REFLECTOR_POLICY, ...options.policy }
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#state = newReflectorState(this.#policy)
    this.cache = new Cache({ ...options, changed: change => this.#changed(change) })
    this.#synced.promise.catch(() => undefined)
  }

  /** Counts for metrics, and the phase. */
  get state(): Readonly<ReflectorState> {
    return this.#state
  }

  /** Resolves when the cache was whole once; rejects when stopped before. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  /** Milliseconds since a watch last said anything, bookmarks included: how old what the cache says may be. */
  get staleMs(): number {
    return this.#clock.now() - this.#state.heardAt
  }

  start(): void {
    this.#step({ is: 'start' })
  }

  stop(): void {
    this.#step({ is: 'stop' })
    this.#cancel?.()
    this.#synced.reject(errorOf(`list ${titleOf(this.#o.resource)}`, failureOfKind('closed', '')))
  }

  #step(event: ReflectorEvent): void {
    const out: ReflectorEffect[] = []
    step(this.#state, event, { policy: this.#policy, now: this.#clock.now(), random: this.#random }, out)
    for (const effect of out) this.#perform(effect)
    this.#cancel?.()
    const { wakeAt } = this.#state
    this.#cancel =
      wakeAt === null
        ? null
        : this.#clock.after(Math.max(1, wakeAt - this.#clock.now()), () => this.#step({ is: 'wake' }))
  }

  #perform(effect: ReflectorEffect): void {
    switch (effect.do) {
      case 'list':
        void this.#list(effect)
        break
      case 'watch':
        void this.#watch(effect)
        break
      case 'abort':
        this.#abort?.abort()
        break
      case 'sweep':
        this.cache.sweep(effect.listing)
        break
      case 'synced':
        this.#synced.resolve()
        break
      case 'resync':
        this.cache.resync()
        break
      case 'silent':
        this.#o.failed(kubeWatchSilent(titleOf(this.#o.resource), Math.round(effect.ms)))
        break
    }
  }

  async #list(effect: Extract<ReflectorEffect, { do: 'list' }>): Promise<void> {
    const { request } = effect
    const abort = this.#newAbort()
    const { resource, namespace, labels, fields, metadataOnly } = this.#o
    try {
      const page = await this.#o.client.list(
        resource,
        { namespace, labels, fields, limit: effect.limit, continue: effect.continue ?? undefined },
        { signal: abort.signal, metadataOnly },
      )
      if (request !== this.#state.request) return
      for (const object of page.items) this.#put(object)
      this.#step({ is: 'page', request, resourceVersion: page.resourceVersion, continue: page.continue })
    } catch (error) {
      this.#fail(request, error)
    }
  }

  async #watch(effect: Extract<ReflectorEffect, { do: 'watch' }>): Promise<void> {
    const { request, resourceVersion, timeoutSeconds } = effect
    const abort = this.#newAbort()
    const { resource, namespace, labels, fields, metadataOnly } = this.#o
    try {
      await this.#o.client.watch(
        resource,
        { namespace, labels, fields, resourceVersion, timeoutSeconds, maxBytes: MAX_LINE_BYTES, metadataOnly },
        {
          opened: () => this.#step({ is: 'opened', request }),
          event: event => this.#event(request, event),
        },
        abort.signal,
      )
      this.#step({ is: 'ended', request })
    } catch (error) {
      this.#fail(request, error)
    }
  }

  #event(request: number, { type, object }: WatchEvent): void {
    if (request !== this.#state.request) return
    const bookmark = type === 'BOOKMARK'
    const { resourceVersion } = object.metadata
    if (type === 'DELETED') this.cache.remove(object)
    else if (!bookmark) this.#put(object)
    this.#step({ is: 'event', request, resourceVersion, bookmark })
  }

  #put(object: KubeObject): void {
    this.cache.put(object, this.#state.listing)
    const max = this.#o.maxBytes ?? DEFAULT_MAX_BYTES
    const large = this.cache.bytes > max
    if (large && !this.#large) this.#o.failed(kubeCacheLarge(titleOf(this.#o.resource), this.cache.bytes, max))
    this.#large = large
  }

  #fail(request: number, error: unknown): void {
    if (request !== this.#state.request) return
    const failure = failureOf(error) ?? failureOfKind('garbled', String(error))
    if (failure.kind !== 'expired') this.#o.failed(error)
    this.#step({ is: 'failed', request, kind: failure.kind, retryAfterMs: failure.retryAfterMs })
  }

  #changed(change: Change<T>): void {
    try {
      this.#o.changed?.(change)
    } catch (error) {
      this.#o.failed(
        kubeHandlerFailed(titleOf(this.#o.resource), error instanceof Error ? error.message : String(error), {
          cause: error,
        }),
      )
    }
  }

  #newAbort(): AbortController {
    this.#abort = new AbortController()
    return this.#abort
  }
}
