/** The WebSocket of a session: upgrade, signs of life, end. It says once why it ended, and knows nothing of what the messages mean. */
import { type RawData, WebSocket } from 'ws'
import type { Ms } from '#runtime/media/format.ts'
import { sessionConnect, sessionDropped, sessionSilent } from '../errors.ts'
import type { SessionClock } from '../factory.ts'
import { rememberingLookup } from '../last-known-address.ts'
import type { SendQueue } from '../send-queue.ts'
import { type Closing, judgeUpgrade } from './closing.ts'
import { readRefusal } from './refusal.ts'

/** Largest message taken; the vendor's own limit upstream is 15 MiB. */
const MAX_PAYLOAD = 16 * 1024 * 1024
/** How long a closing handshake may take. */
const LINGER_MS = 2000
const TEXT = { binary: false } as const
/** Of all sessions of the process. */
const lookup = rememberingLookup()

export interface SocketOptions {
  readonly address: URL
  /** Holds the credential: read by the upgrade and by nothing else. */
  readonly headers: Readonly<Record<string, string>>
  readonly pingMs: Ms
  readonly clock: SessionClock
  /** Whose flush audio waits for; without one it leaves at once. */
  readonly queue?: SendQueue | undefined
  /** Binary frames are messages, too: some vendors send their JSON in them. */
  readonly binary?: boolean
  readonly judgeClose: (code: number, reason: string) => Closing
  /** The upgrade is done: the first message may be sent. */
  readonly onOpen?: () => void
  readonly onMessage: (data: Buffer) => void
  /** The end, once; never after `close`. */
  readonly onEnd: (closing: Closing, detail: string) => void
}

export interface Socket {
  /** Bytes given to the socket and not yet sent. */
  readonly buffered: number
  /** Sends a text frame after all that was given before; nothing happens when the socket is not open. */
  send(message: string): void
  /** The same with the next flush of the queue. The Buffer holds UTF-8, and is the socket's from now on. */
  sendSoon(message: Buffer): void
  /** Idempotent. */
  close(): void
}

export function openSocket(options: SocketOptions): Socket {
  const { clock, pingMs, queue } = options
  const ws = new WebSocket(options.address, {
    headers: options.headers,
    lookup,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD,
    followRedirects: false, // a redirect would carry the credential elsewhere
    skipUTF8Validation: true,
  })
  let opened = false
  let ended = false
  let alive = true
  let stopPing = (): void => {}
  const soon: Buffer[] = []
  let soonBytes = 0

  // header and text leave in one write only when the text is bytes
  const write = (message: Buffer): void => {
    if (ws.readyState === WebSocket.OPEN) ws.send(message, TEXT)
  }
  const flush = (): void => {
    for (const message of soon) write(message)
    soon.length = 0
    soonBytes = 0
  }
  const waiting = { flush }

  const end = (closing: Closing, detail: string): void => {
    if (ended) return
    ended = true
    stopPing()
    options.onEnd(closing, detail)
  }
  const ping = (): void => {
    stopPing = clock.after(pingMs, () => {
      if (!alive) {
        ws.terminate()
        end({ make: () => sessionSilent(pingMs), retry: true }, '')
        return
      }
      alive = false
      ws.ping()
      ping()
    })
  }

  ws.on('open', () => {
    opened = true
    if (ended) return
    ping()
    options.onOpen?.()
  })
  ws.on('message', (data: RawData, binary: boolean) => {
    alive = true
    if (!ended && (!binary || options.binary === true) && Buffer.isBuffer(data)) options.onMessage(data)
  })
  ws.on('pong', () => {
    alive = true
  })
  ws.on('unexpected-response', (request, response) => {
    readRefusal(response, refusal => {
      end(judgeUpgrade(refusal.status, refusal.code), refusal.words)
      request.destroy()
    })
  })
  ws.on('error', error => {
    end({ make: opened ? sessionDropped : sessionConnect, retry: true }, wordsOf(error))
    ws.terminate()
  })
  ws.on('close', (code, bytes) => {
    const reason = bytes.toString('utf8')
    end(options.judgeClose(code, reason), `close code ${code} ${reason}`)
  })

  return {
    get buffered() {
      return ws.bufferedAmount + soonBytes
    },
    send(message) {
      flush()
      write(Buffer.from(message))
    },
    sendSoon(message) {
      if (queue === undefined) return write(message)
      if (soon.length === 0) queue.add(waiting)
      soon.push(message)
      soonBytes += message.length
    },
    close() {
      ended = true
      stopPing()
      if (ws.readyState === WebSocket.CONNECTING) ws.terminate()
      if (ws.readyState !== WebSocket.OPEN) return
      ws.close(1000)
      ws.once(
        'close',
        clock.after(LINGER_MS, () => ws.terminate()),
      )
    },
  }
}

/** The code of an I/O error says enough; its message may name addresses. */
function wordsOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message
}
