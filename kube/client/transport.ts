/** One HTTP request to the API server, with a time limit, a size limit and errors as {@link Failure}. */
import { type Clock, type Ms, systemClock } from '../clock.ts'
import { errorOf, type Failure, failureFrom, failureOfKind } from '../failure.ts'
import type { CredentialSource, Credentials } from './credentials.ts'
import { Dispatchers } from './dispatchers.ts'
import { LineCutter } from './lines.ts'

export interface ApiRequest {
  /** Default `application/json`. */
  readonly accept?: string | undefined
  /** For messages: `apply pods acme/reception-1-x`. */
  readonly what: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  /** From sending to the last byte; of a stream: to the first. Default 30 s. */
  readonly timeoutMs?: Ms
  /** Of the whole answer; of a stream: of one line. Default 64 MiB. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal | undefined
}

export interface TransportOptions {
  readonly credentials: CredentialSource
  /** Sent as User-Agent, and seen in audit logs: `switchboard-operator/0.1.0`. */
  readonly userAgent: string
  readonly clock?: Clock
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_BYTES = 64 * 2 ** 20
/** As often as client-go reads a token file again. */
const CREDENTIALS_MS = 30_000

type Take = (chunk: Uint8Array) => boolean

export class Transport {
  readonly #o: TransportOptions
  readonly #clock: Clock
  readonly #dispatchers = new Dispatchers()
  /** What is under way, for a close. Signals that are put together (`AbortSignal.any`) cost as much as the request. */
  readonly #underWay = new Set<AbortController>()
  #closed = false
  #credentials: { readonly at: Ms; readonly value: Promise<Credentials> } | null = null

  constructor(options: TransportOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
  }

  /**
   * Asks and reads the JSON answer.
   * @throws SB_KUBE_… with a Failure as its cause, unless the answer is 2xx
   */
  async json(request: ApiRequest): Promise<unknown> {
    const chunks: Uint8Array[] = []
    await this.#exchange(request, false, chunk => chunks.push(chunk) > 0)
    const text = Buffer.concat(chunks).toString('utf8')
    try {
      return JSON.parse(text) as unknown
    } catch {
      throw errorOf(request.what, failureOfKind('garbled', text.slice(0, 80)))
    }
  }

  /**
   * Asks for a stream and gives each line of it; resolves when the server ends it.
   * @throws SB_KUBE_… when it was refused, broke off or was aborted
   */
  async lines(request: ApiRequest, opened: () => void, line: (text: string) => void): Promise<void> {
    const cutter = new LineCutter(request.maxBytes ?? DEFAULT_MAX_BYTES)
    await this.#exchange(request, true, chunk => cutter.push(chunk, line), opened)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const abort of this.#underWay) abort.abort()
    await this.#dispatchers.close()
  }

  async #exchange(request: ApiRequest, stream: boolean, take: Take, opened?: () => void): Promise<void> {
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const abort = new AbortController()
    let late = false
    const cancel = this.#clock.after(timeoutMs, () => {
      late = true
      abort.abort()
    })
    const given = (): void => abort.abort()
    request.signal?.addEventListener('abort', given)
    if (this.#closed || request.signal?.aborted === true) abort.abort()
    this.#underWay.add(abort)
    try {
      const failure = await this.#attempt(request, stream, abort.signal, take, () => {
        if (stream) cancel()
        opened?.()
      })
      if (failure !== null) throw errorOf(request.what, failure)
    } catch (error) {
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('SB_KUBE')) throw error
      if (this.#closed || request.signal?.aborted === true) throw errorOf(request.what, failureOfKind('closed', ''))
      if (late) {
        // Other idle connections of the pool may be as dead as this one was.
        this.#dispatchers.renew()
        throw errorOf(request.what, failureOfKind('timeout', ''), timeoutMs)
      }
      throw errorOf(request.what, failureOfKind('unreachable', wordsOf(error)))
    } finally {
      cancel()
      this.#underWay.delete(abort)
      request.signal?.removeEventListener('abort', given)
    }
  }

  async #attempt(
    request: ApiRequest,
    stream: boolean,
    signal: AbortSignal,
    take: Take,
    opened: () => void,
  ): Promise<Failure | null> {
    signal.throwIfAborted()
    const { server, headers, wire } = await this.#freshCredentials()
    const { origin, pathname } = new URL(server)
    const answer = await this.#dispatchers.get(wire, stream).request({
      origin,
      path: `${pathname === '/' ? '' : pathname}${request.path}${queryOf(request.query)}`,
      method: request.method,
      headers: {
        ...headers,
        accept: request.accept ?? 'application/json',
        'user-agent': this.#o.userAgent,
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal,
    })
    const ok = answer.statusCode >= 200 && answer.statusCode < 300
    if (ok) opened()
    else if (answer.statusCode === 401) this.#credentials = null
    const refusal: Uint8Array[] = []
    const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES
    let size = 0
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      const fits = ok ? take(chunk) && (stream || size <= maxBytes) : size <= 2 ** 20 && refusal.push(chunk) > 0
      if (!fits) return failureOfKind('tooLarge', String(maxBytes))
    }
    if (ok) return null
    const retryAfter = answer.headers['retry-after']
    return failureFrom(answer.statusCode, parsed(refusal), typeof retryAfter === 'string' ? retryAfter : null)
  }

  #freshCredentials(): Promise<Credentials> {
    const now = this.#clock.now()
    if (this.#credentials !== null && now - this.#credentials.at < CREDENTIALS_MS) return this.#credentials.value
    const value = this.#o.credentials()
    this.#credentials = { at: now, value }
    value.catch(() => {
      this.#credentials = null
    })
    return value
  }
}

function queryOf(query: ApiRequest['query']): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search.toString()}`
}

function parsed(chunks: readonly Uint8Array[]): unknown {
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** An AggregateError (one per address tried) has no words of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? ('code' in error && String(error.code)) || error.name : error.message
}
