/** For tests: a WebSocket server on 127.0.0.1 that takes setups, records what a session sends and says what the test tells it to. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

type Message = Record<string, unknown>

export interface GeminiServer {
  readonly url: string
  readonly received: Message[]
  readonly upgrades: { url: string; headers: IncomingHttpHeaders }[]
  socket: WebSocket | null
  refuseHandles: boolean
  /** How every setup is refused; null: they are taken. */
  refusal: { code: number; reason: string } | null
  say(...messages: object[]): void
  /** Of 16 kHz sound that came, and its loudest sample. */
  audioBytes(): number
  loudest(): number
  /** What came, in order, sound left out: members of messages, and what of `realtimeInput`. */
  kinds(): string[]
  stop(): Promise<void>
}

export async function startGeminiServer(): Promise<GeminiServer> {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  await new Promise<void>(done => http.listen(0, '127.0.0.1', done))
  const inputs = (): Message[] =>
    server.received.flatMap(m => (m['realtimeInput'] === undefined ? [] : [m['realtimeInput'] as Message]))
  const audio = (): Buffer =>
    Buffer.concat(inputs().map(i => Buffer.from((i['audio'] as { data?: string } | undefined)?.data ?? '', 'base64')))
  const server: GeminiServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    received: [],
    upgrades: [],
    socket: null,
    refuseHandles: false,
    refusal: null,
    say(...messages) {
      for (const message of messages) server.socket?.send(Buffer.from(JSON.stringify(message)))
    },
    audioBytes: () => audio().length,
    loudest() {
      const bytes = audio()
      let most = 0
      for (let at = 0; at + 1 < bytes.length; at += 2) most = Math.max(most, Math.abs(bytes.readInt16LE(at)))
      return most
    },
    kinds: () =>
      server.received.flatMap(m => {
        const input = m['realtimeInput'] as Message | undefined
        return Object.keys(input ?? m).filter(key => key !== 'audio')
      }),
    async stop() {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
      await new Promise<void>(done => http.close(() => done()))
    },
  }
  sockets.on('connection', (socket, request: IncomingMessage) => {
    server.upgrades.push({ url: request.url ?? '', headers: request.headers })
    server.socket = socket
    socket.on('message', data => {
      const message = JSON.parse((data as Buffer).toString('utf8')) as Message
      server.received.push(message)
      const setup = message['setup'] as { sessionResumption?: { handle?: string } } | undefined
      if (setup === undefined) return
      if (server.refusal !== null) socket.close(server.refusal.code, server.refusal.reason)
      else if (server.refuseHandles && setup.sessionResumption?.handle !== undefined)
        socket.close(1008, 'BidiGenerateContent session not found')
      else server.say({ setupComplete: {} })
    })
  })
  return server
}
