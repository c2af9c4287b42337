/** For tests: a WebSocket server on 127.0.0.1 that records what a session sends and says what the test tells it to. No protocol of its own. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export type Message = Record<string, unknown> & { type: string }

export class LoopbackProvider {
  readonly received: Message[] = []
  readonly upgrades: { url: string; headers: IncomingHttpHeaders }[] = []
  socket: WebSocket | null = null
  readonly #server: Server
  readonly #sockets: WebSocketServer
  #answer: (message: Message) => void = () => {}

  constructor(server: Server, autoPong: boolean) {
    this.#server = server
    this.#sockets = new WebSocketServer({ server, autoPong })
    this.#sockets.on('connection', (socket, request: IncomingMessage) => {
      this.upgrades.push({ url: request.url ?? '', headers: request.headers })
      this.socket = socket
      socket.on('message', data => {
        const message = JSON.parse((data as Buffer).toString('utf8')) as Message
        this.received.push(message)
        this.#answer(message)
      })
      this.say({ type: 'session.created', event_id: 'event_1', session: { type: 'realtime' } })
    })
  }

  static async start(options: { autoPong?: boolean } = {}): Promise<LoopbackProvider> {
    const server = createServer()
    const provider = new LoopbackProvider(server, options.autoPong ?? true)
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    return provider
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Answers session.update with session.updated, and the rest with what the test wants. */
  accept(more: (message: Message) => void = () => {}): this {
    this.#answer = message => {
      if (message.type === 'session.update') this.say({ type: 'session.updated', event_id: 'event_2', session: {} })
      more(message)
    }
    return this
  }

  say(message: object | string): void {
    this.socket?.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  sent(type: string): Message[] {
    return this.received.filter(message => message.type === type)
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate()
    this.#sockets.close()
    await new Promise<void>(done => this.#server.close(() => done()))
  }
}
