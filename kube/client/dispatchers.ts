/** Connections to the API server: one pool, made anew when credentials change or when its connections prove dead. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { Wire } from './credentials.ts'

/** Below the 60 s after which load balancers drop a silent connection. */
const KEEP_ALIVE_PROBE_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000

export class Dispatchers {
  #current: { readonly id: string; readonly dispatcher: Dispatcher } | null = null
  readonly #old = new Set<Dispatcher>()

  get(wire: Wire): Dispatcher {
    const id = JSON.stringify(wire)
    if (this.#current?.id === id) return this.#current.dispatcher
    this.renew()
    const dispatcher = make(wire)
    this.#current = { id, dispatcher }
    return dispatcher
  }

  /** Leaves the pool: what runs on it may end, idle connections go, the next request connects anew. */
  renew(): void {
    const left = this.#current?.dispatcher
    this.#current = null
    if (left === undefined) return
    this.#old.add(left)
    void left
      .close()
      .catch(() => undefined)
      .then(() => this.#old.delete(left))
  }

  async close(): Promise<void> {
    this.renew()
    await Promise.all([...this.#old].map(dispatcher => dispatcher.destroy().catch(() => undefined)))
  }
}

function make(wire: Wire): Dispatcher {
  const connect = {
    ...wire.tls,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
    timeout: CONNECT_TIMEOUT_MS,
  }
  // Every request brings its own limit; a quiet watch is judged by its reflector. HTTP/2 would put all on one connection, and undici (8.12.4)
  // throws at nobody, hence at the whole process, when it is destroyed with streams open.
  const options = { bodyTimeout: 0, headersTimeout: 0, allowH2: false }
  return wire.proxy === null
    ? new Agent({ ...options, connect })
    : new ProxyAgent({ ...options, uri: wire.proxy, requestTls: connect })
}
