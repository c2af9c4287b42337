/** An API server in this process, over HTTP, for one namespaced resource; with the faults that real ones have. For tests. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Credentials } from '../client/credentials.ts'
import { Etcd } from './etcd.ts'

export class FakeApiServer {
  readonly etcd = new Etcd()
  /** Requests that came: method, path and query. */
  readonly asked: string[] = []
  /** Answers that are given instead, once each. */
  readonly refuse: { status: number; body: unknown; headers?: Record<string, string> }[] = []
  /** Requests are taken and never answered. */
  silent = false
  readonly #watches = new Set<{ readonly response: ServerResponse; at: number }>()
  readonly #server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    this.asked.push(`${request.method ?? ''} ${url.pathname}${url.search}`)
    if (this.silent) return
    const instead = this.refuse.shift()
    if (instead !== undefined) answer(response, instead.status, instead.body, instead.headers)
    else if (url.searchParams.get('watch') === 'true') this.#watch(url, response)
    else this.#list(url, response)
  })

  async listen(): Promise<Credentials> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return {
      server: `http://127.0.0.1:${port}`,
      headers: { authorization: 'Bearer t' },
      wire: { tls: {}, proxy: null },
    }
  }

  /** Sends what the watches have not heard, and then a bookmark when asked for. */
  flush(bookmark = false): void {
    for (const watch of this.#watches) {
      for (const { type, object, revision } of this.etcd.since(watch.at) ?? []) {
        watch.response.write(`${JSON.stringify({ type, object })}\n`)
        watch.at = revision
      }
      if (bookmark)
        this.say({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.etcd.revision) } } })
    }
  }

  /** Writes a line to all watches, whatever it is. */
  say(line: unknown): void {
    for (const { response } of this.#watches) response.write(`${JSON.stringify(line)}\n`)
  }

  /** Resets all connections. */
  cut(): void {
    this.#watches.clear()
    this.#server.closeAllConnections()
  }

  get watches(): number {
    return this.#watches.size
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #list(url: URL, response: ServerResponse): void {
    const token = url.searchParams.get('continue')
    const page = this.etcd.page(Number(url.searchParams.get('limit') ?? 0), token)
    if (page.expired) answer(response, 410, { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })
    else {
      const metadata = {
        resourceVersion: String(page.revision),
        ...(page.continue === null ? {} : { continue: page.continue }),
      }
      answer(response, 200, { metadata, items: page.items })
    }
  }

  #watch(url: URL, response: ServerResponse): void {
    const at = Number(url.searchParams.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (this.etcd.since(at) === null) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
      return
    }
    const watch = { response, at }
    this.#watches.add(watch)
    response.on('close', () => this.#watches.delete(watch))
    this.flush()
  }
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
