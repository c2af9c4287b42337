/** The carrier's media sockets: an upgrade with a token that is good once becomes the audio of the call that it names. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { StreamStart } from '#runtime/legs/media-stream/messages.ts'
import { readMessage } from '#runtime/legs/media-stream/messages.ts'
import type { CarrierCall } from './carrier-call.ts'
import { textFrames } from './text-frames.ts'

/** A message of 20 ms has 300 bytes; nothing that a carrier says is longer than this. */
const MAX_MESSAGE = 16_384
/** From the socket to the message that says whose it is. */
const START_MS = 5000
const SID = /^[A-Za-z0-9]{2,64}$/

/** What is wrong with an upgrade: the status of its answer. */
export type Refused = 401 | 403 | 404 | 503
const PHRASES: Readonly<Record<Refused, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
}

export interface MediaServerOptions {
  /** The call that may have this socket, or why none may. */
  readonly admit: (request: IncomingMessage) => CarrierCall | Refused
  /** Whether what a stream says of itself is what was asked for. */
  readonly isFor: (call: CarrierCall, start: StreamStart) => boolean
  readonly failed: (call: CarrierCall, error: unknown) => void
}

export class MediaServer {
  readonly #o: MediaServerOptions
  readonly #wss = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    clientTracking: true,
  })

  constructor(options: MediaServerOptions) {
    this.#o = options
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined)
    const admitted = this.#o.admit(request)
    if (typeof admitted === 'number') {
      socket.end(`HTTP/1.1 ${admitted} ${PHRASES[admitted]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    let opened = false
    // a handshake that is not one uses its token up, and its call has no socket any more
    socket.once('close', () => {
      if (!opened) admitted.lost(null, 'the media socket was not opened')
    })
    this.#wss.handleUpgrade(request, socket, head, ws => {
      opened = true
      this.#run(ws, socket, admitted)
    })
  }

  /** Idempotent. */
  close(): void {
    for (const ws of this.#wss.clients) ws.terminate()
    this.#wss.close()
  }

  #run(ws: WebSocket, socket: Duplex, call: CarrierCall): void {
    const timer = setTimeout(() => ws.close(1008), START_MS)
    let started = false
    let ended = false
    const own = { close: () => ws.close(1000) }
    call.connect(own)
    const end = (detail: string): void => {
      clearTimeout(timer)
      if (ended) return
      ended = true
      call.lost(own, detail)
    }
    ws.on('error', () => ws.terminate())
    ws.on('close', () => end('the media socket was closed'))
    ws.on('message', (data: Buffer, isBinary) => {
      if (ended) return
      try {
        if (isBinary) return ws.close(1003)
        if (started) {
          if (call.isConnectedBy(own)) call.leg?.message(data)
          return
        }
        const message = readMessage(data.toString('latin1'))
        if (message?.event === 'connected') return
        if (message?.event !== 'start' || !SID.test(message.start.streamSid) || !this.#o.isFor(call, message.start)) {
          ws.close(1008)
          return
        }
        started = true
        clearTimeout(timer)
        call.attach(message.start.streamSid, {
          get buffered() {
            return ws.bufferedAmount
          },
          // not by way of ws, which writes head and body of each message on their own: these come fifty times a second for every call
          send: (...messages) => {
            if (ws.readyState === ws.OPEN) socket.write(textFrames(messages))
          },
        })
      } catch (error) {
        this.#o.failed(call, error)
      }
    })
  }
}
