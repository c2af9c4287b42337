/** The calls this runtime makes: get, list, watch, create, apply, replace, delete. Rate-limited, with preconditions by type. */
import { type Clock, systemClock } from '../clock.ts'
import { errorOf, type Failure, failureFrom, failureOf, failureOfKind } from '../failure.ts'
import type { KubeObject, ListPage, WatchEvent } from '../object.ts'
import { apiVersionOf, collectionPath, type ObjectName, objectPath, type Resource, titleOf } from '../resource.ts'
import type { CredentialSource } from './credentials.ts'
import type { RateLimitOptions } from './rate-limit.ts'
import { type CallOptions, type RequestMetrics, Requests } from './requests.ts'
import { Throttle } from './throttle.ts'
import { type ApiRequest, Transport } from './transport.ts'
import { eventOf } from './watch-event.ts'

export interface ClientOptions {
  readonly credentials: CredentialSource
  readonly userAgent: string
  /** The one field manager of everything that this process applies. */
  readonly fieldManager: string
  /** Default 50 requests a second, 100 at once; leases and watches are not counted. */
  readonly rate?: Partial<RateLimitOptions>
  readonly metrics?: RequestMetrics
  readonly clock?: Clock
}

export interface ReadOptions extends CallOptions {
  /** Only metadata comes over the line: for objects whose content is large, or nobody's business. */
  readonly metadataOnly?: boolean | undefined
}

/** Which state of an object a delete is meant for. */
export interface Exactly extends ObjectName {
  readonly uid: string
  readonly resourceVersion: string
}

export interface DeleteOptions extends CallOptions {
  readonly gracePeriodSeconds?: number
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
}

/** An object to apply. `uid` says which one is meant: without it, a deleted object would be made again. */
export type Applied = Omit<KubeObject, 'metadata'> & {
  readonly metadata: ObjectName & { readonly uid: string | null; readonly [field: string]: unknown }
}

export interface ApplyOptions extends CallOptions {
  readonly subresource?: string
  /** Takes fields away from other managers. Leave it out: a field has one owner. */
  readonly force?: boolean
  readonly dryRun?: boolean
  /** Only metadata comes back: where nobody looks at the answer, it need not be written out and read. */
  readonly metadataOnly?: boolean
}

const DEFAULT_RATE: RateLimitOptions = { qps: 50, burst: 100, maxWaiting: 10_000 }

export class Client {
  readonly fieldManager: string
  readonly #transport: Transport
  readonly #throttle: Throttle
  readonly #requests: Requests

  constructor(options: ClientOptions) {
    const clock = options.clock ?? systemClock
    this.fieldManager = options.fieldManager
    this.#transport = new Transport({ credentials: options.credentials, userAgent: options.userAgent, clock })
    this.#throttle = new Throttle({ ...DEFAULT_RATE, ...options.rate }, clock)
    this.#requests = new Requests(this.#transport, this.#throttle, clock, options.metrics)
  }

  /** Requests that wait for their turn. */
  get waiting(): number {
    return this.#throttle.waiting
  }

  /** @returns null when there is no such object */
  async get<T = KubeObject>(resource: Resource, object: ObjectName, options: ReadOptions = {}): Promise<T | null> {
    try {
      const what = `get ${titleOf(resource, object)}`
      const path = objectPath(resource, object)
      return (await this.#requests.json({ what, method: 'GET', path, accept: acceptOf('', options) }, options)) as T
    } catch (error) {
      if (failureOf(error)?.kind === 'notFound') return null
      throw error
    }
  }

  /** One page, as of one moment, straight from storage (no `resourceVersion`). */
  async list(
    resource: Resource,
    query: {
      namespace?: string | undefined
      labels?: string | undefined
      fields?: string | undefined
      limit?: number
      continue?: string | undefined
    },
    options: ReadOptions = {},
  ): Promise<ListPage> {
    const answer = (await this.#requests.json(
      {
        what: `list ${titleOf(resource)}`,
        method: 'GET',
        path: collectionPath(resource, query.namespace),
        accept: acceptOf('List', options),
        query: {
          limit: query.limit,
          continue: query.continue,
          labelSelector: query.labels,
          fieldSelector: query.fields,
        },
      },
      options,
    )) as { metadata?: { resourceVersion?: string; continue?: string }; items?: KubeObject[] | null }
    if (typeof answer.metadata?.resourceVersion !== 'string')
      throw errorOf(`list ${titleOf(resource)}`, failureOfKind('garbled', 'no resourceVersion'))
    const next = answer.metadata.continue
    return {
      resourceVersion: answer.metadata.resourceVersion,
      continue: next === undefined || next === '' ? null : next,
      items: answer.items ?? [],
    }
  }

  /**
   * Watches until the server ends it. A watch takes its turn, but is not limited once it is open.
   * @throws SB_KUBE_…, also for an ERROR line
   */
  async watch(
    resource: Resource,
    query: {
      namespace?: string | undefined
      labels?: string | undefined
      fields?: string | undefined
      resourceVersion: string
      timeoutSeconds: number
      /** Of one line. */
      maxBytes?: number
      metadataOnly?: boolean | undefined
    },
    on: { opened: () => void; event: (event: WatchEvent, bytes: number) => void },
    signal: AbortSignal,
  ): Promise<void> {
    const what = `watch ${titleOf(resource)}`
    let failure: Failure | null = null
    const spoilt = new AbortController()
    await this.#throttle.turn(what, 'high', signal)
    try {
      await this.#transport.lines(
        {
          what,
          method: 'GET',
          path: collectionPath(resource, query.namespace),
          accept: acceptOf('', query),
          query: {
            watch: true,
            allowWatchBookmarks: true,
            resourceVersion: query.resourceVersion,
            timeoutSeconds: query.timeoutSeconds,
            labelSelector: query.labels,
            fieldSelector: query.fields,
          },
          signal: AbortSignal.any([signal, spoilt.signal]),
          ...(query.maxBytes === undefined ? {} : { maxBytes: query.maxBytes }),
        },
        on.opened,
        line => {
          if (failure !== null) return
          const event = eventOf(line)
          if (event === null) failure = failureOfKind('garbled', line.slice(0, 80))
          else if (event.type === 'ERROR') failure = failureFrom(500, event.object)
          else on.event(event, line.length)
          // Nothing after it counts, so the server's end of the stream is not waited for.
          if (failure !== null) spoilt.abort()
        },
      )
    } catch (error) {
      if (failure === null) throw error
    }
    if (failure !== null) throw errorOf(what, failure)
  }

  /** @throws SB_KUBE_EXISTS when there is one of that name */
  create<T = KubeObject>(
    resource: Resource,
    object: object & { metadata: ObjectName },
    options: CallOptions = {},
  ): Promise<T> {
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object }
    return this.#write<T>(
      'create',
      'POST',
      collectionPath(resource, object.metadata.namespace),
      resource,
      object.metadata,
      body,
      options,
      {},
    )
  }

  /**
   * Server-side apply with the client's one field manager.
   * @throws SB_KUBE_OWNED with the owners (`failureOf(error).owners`), SB_KUBE_REPLACED when the uid is not there any more
   */
  apply<T = KubeObject>(resource: Resource, object: Applied, options: ApplyOptions = {}): Promise<T> {
    const { uid, ...metadata } = object.metadata
    const body = {
      ...object,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { ...metadata, ...(uid === null ? {} : { uid }) },
    }
    const path = objectPath(resource, object.metadata, options.subresource)
    return this.#write<T>('apply', 'PATCH', path, resource, object.metadata, body, options, {
      force: options.force === true ? true : undefined,
      dryRun: options.dryRun === true ? 'All' : undefined,
    })
  }

  /**
   * Replaces an object at the resourceVersion it carries.
   * @throws SB_KUBE_CONFLICT when another writer was there first
   */
  replace<T = KubeObject>(resource: Resource, object: KubeObject, options: ApplyOptions = {}): Promise<T> {
    const path = objectPath(resource, object.metadata, options.subresource)
    return this.#write<T>('replace', 'PUT', path, resource, object.metadata, object, options, {})
  }

  /**
   * Deletes exactly this state of exactly this object.
   * @returns 'gone' when no object of that name is there
   * @throws SB_KUBE_REPLACED (another uid), SB_KUBE_CONFLICT (changed since): nothing was deleted
   */
  async delete(resource: Resource, object: Exactly, options: DeleteOptions = {}): Promise<'deleted' | 'gone'> {
    try {
      await this.#requests.json(
        {
          what: `delete ${titleOf(resource, object)}`,
          method: 'DELETE',
          path: objectPath(resource, object),
          body: {
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            preconditions: { uid: object.uid, resourceVersion: object.resourceVersion },
            gracePeriodSeconds: options.gracePeriodSeconds,
            propagationPolicy: options.propagation,
          },
        },
        { priority: 'high', ...options },
      )
      return 'deleted'
    } catch (error) {
      if (failureOf(error)?.kind === 'notFound') return 'gone'
      throw error
    }
  }

  async close(): Promise<void> {
    this.#throttle.close()
    await this.#transport.close()
  }

  async #write<T>(
    verb: string,
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    resource: Resource,
    object: ObjectName,
    body: unknown,
    options: CallOptions & ReadOptions,
    query: ApiRequest['query'],
  ): Promise<T> {
    const contentType = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json'
    const what = `${verb} ${titleOf(resource, object)}`
    const all = { ...query, fieldManager: this.fieldManager, fieldValidation: 'Strict' }
    const accept = acceptOf('', options)
    return (await this.#requests.json({ what, method, path, accept, body, contentType, query: all }, options)) as T
  }
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
function acceptOf(suffix: '' | 'List', { metadataOnly }: ReadOptions): string | undefined {
  return metadataOnly === true ? `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1` : undefined
}
