/**
 * Connections to the API server: one pool for what is asked and answered, one for watches. Made anew when credentials change or when connections
 * prove dead.
 */
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { Wire } from './credentials.ts'

/** Below the 60 s after which load balancers drop a silent connection. */
const KEEP_ALIVE_PROBE_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
/** Requests at a time. A connection costs a handshake and some 100 kB; a burst of a thousand requests needs no more of them. */
const CONNECTIONS = 24
/** Between requests: an API server hangs up after 90 s. */
const KEEP_ALIVE_MS = 30_000

interface Pools {
  readonly id: string
  readonly answers: Dispatcher
  readonly streams: Dispatcher
}

export class Dispatchers {
  #current: Pools | null = null
  #wire: Wire | null = null
  readonly #old = new Set<Dispatcher>()

  get(wire: Wire, stream: boolean): Dispatcher {
    const current = this.#of(wire)
    return stream ? current.streams : current.answers
  }

  /** Leaves the pool: what runs on it may end, idle connections go, the next request connects anew. */
  renew(): void {
    const left = this.#current
    this.#current = null
    if (left === null) return
    for (const pool of [left.answers, left.streams]) {
      this.#old.add(pool)
      void pool
        .close()
        .catch(() => undefined)
        .then(() => this.#old.delete(pool))
    }
  }

  #of(wire: Wire): Pools {
    if (this.#wire === wire && this.#current !== null) return this.#current
    const id = JSON.stringify(wire)
    this.#wire = wire
    if (this.#current?.id === id) return this.#current
    this.renew()
    const answers = make(wire, { connections: CONNECTIONS, keepAliveTimeout: KEEP_ALIVE_MS })
    this.#current = { id, answers, streams: make(wire, {}) }
    return this.#current
  }

  async close(): Promise<void> {
    this.renew()
    await Promise.all([...this.#old].map(dispatcher => dispatcher.destroy().catch(() => undefined)))
  }
}

function make(wire: Wire, pool: Pick<Agent.Options, 'connections' | 'keepAliveTimeout'>): Dispatcher {
  const connect = {
    ...wire.tls,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
    timeout: CONNECT_TIMEOUT_MS,
  }
  // Every request brings its own limit; a quiet watch is judged by its reflector. HTTP/2 would put all on one connection, and undici (8.12.4)
  // throws at nobody, hence at the whole process, when it is destroyed with streams open.
  const options = { bodyTimeout: 0, headersTimeout: 0, allowH2: false, ...pool }
  return wire.proxy === null
    ? new Agent({ ...options, connect })
    : new ProxyAgent({ ...options, uri: wire.proxy, requestTls: connect })
}
