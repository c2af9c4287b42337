/** Workers' HTTP APIs on addresses of this machine, as many as a test wants, all at one port. For tests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import type { Signer } from '../../tokens/tokens.ts'
import type { FollowedPod } from '../followed-pod.ts'

/** A token that says who it is for: fake pods take no other. */
export const plainSigner: Signer = { sign: ({ podUid, verb }) => Promise.resolve(`${podUid}.${verb}`) }

export class FakePod {
  readonly pod: FollowedPod
  line: LoadLine
  /** Instead of the stream. */
  status = 200
  /** Requests there were: method, path and body. */
  readonly asked: { readonly what: string; readonly authorization: string; readonly body: string }[] = []
  /** What is answered to everything but the load. */
  answer: { readonly status: number; readonly body: string } = { status: 204, body: '' }
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #streams = new Set<ServerResponse>()

  private constructor(pod: FollowedPod) {
    this.pod = pod
    this.line = {
      v: 1,
      pod: pod.name,
      uid: pod.uid,
      boot: 'b1',
      seq: 0,
      slots: { total: 10, reserved: 0, busy: 0 },
      outbox: 0,
      drain: null,
      revisions: {},
    }
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** @param n from 1: pod-n at 127.0.1.n. @param port 0 for a free one */
  static async start(n: number, port = 0): Promise<FakePod> {
    const fake = new FakePod({ uid: `uid-${n}`, name: `pod-${n}`, address: `127.0.1.${n}` })
    await new Promise<void>((resolve, reject) => {
      fake.#server.once('error', reject).listen(port, fake.pod.address, resolve)
    })
    return fake
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get streams(): number {
    return this.#streams.size
  }

  /** Says something new. */
  say(change: Partial<LoadLine> = {}): void {
    this.line = { ...this.line, ...change, seq: this.line.seq + 1 }
    this.write(`${JSON.stringify(this.line)}\n`)
  }

  write(text: string): void {
    for (const stream of this.#streams) stream.write(text)
  }

  /** Resets all connections. */
  cut(): void {
    this.#streams.clear()
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const what = `${request.method} ${request.url}`
    this.asked.push({ what, authorization: request.headers.authorization ?? '', body })
    if (what !== 'GET /v1/load') {
      response.writeHead(this.answer.status).end(this.answer.body)
      return
    }
    const status = request.headers.authorization === `Bearer ${this.pod.uid}.load` ? this.status : 401
    response.writeHead(status)
    if (status !== 200) {
      response.end()
      return
    }
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
    this.say()
  }
}
