/**
 * SIP as bytes over one UDP socket or TCP connection of 127.0.0.1, for judges: it sends text as it is given, splits what comes back into
 * start line, headers and body, and knows nothing else. It shares no code with what it speaks to.
 */
import { createSocket, type Socket as Udp } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket as Tcp } from 'node:net'

export interface WireMessage {
  /** `INVITE sip:… SIP/2.0` or `SIP/2.0 200 OK`. */
  readonly start: string
  /** 0 for a request. */
  readonly status: number
  /** Of the request, or of the CSeq of a response. */
  readonly method: string
  /** Name in lower case, value; in order, repeats kept. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  /** performance.now() at arrival. */
  readonly at: number
}

const LONG: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  k: 'supported',
  e: 'content-encoding',
  s: 'subject',
}

export function parseWire(text: string, at = performance.now()): WireMessage {
  const end = text.indexOf('\r\n\r\n')
  const unfolded = text.slice(0, end).replace(/[ \t]*\r\n[ \t]+/g, ' ')
  const [start = '', ...lines] = unfolded.split('\r\n')
  const headers = lines.map(line => {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    return [LONG[name] ?? name, line.slice(colon + 1).trim()] as const
  })
  const status = start.startsWith('SIP/2.0 ') ? Number(start.slice(8, 11)) : 0
  const cseq = headers.find(([name]) => name === 'cseq')?.[1] ?? ''
  const method = status === 0 ? (start.split(' ')[0] ?? '') : (cseq.split(' ')[1] ?? '')
  return { start, status, method, headers, body: text.slice(end + 4), at }
}

/** All values of a header, one per line. */
export function valuesOf(message: WireMessage, name: string): string[] {
  return message.headers.filter(([n]) => n === name).map(([, value]) => value)
}

export function valueOf(message: WireMessage, name: string): string {
  return valuesOf(message, name)[0] ?? ''
}

export class WireSip {
  /** All that came, in order. */
  readonly messages: WireMessage[] = []
  readonly transport: 'udp' | 'tcp'
  readonly port: number
  readonly #udp: Udp | null
  readonly #tcp: Tcp | null
  readonly #server: number
  #rest = Buffer.alloc(0)
  #waiting: (() => void)[] = []

  private constructor(transport: 'udp' | 'tcp', server: number, udp: Udp | null, tcp: Tcp | null) {
    this.transport = transport
    this.#server = server
    this.#udp = udp
    this.#tcp = tcp
    this.port = udp?.address().port ?? tcp?.localPort ?? 0
    udp?.on('message', bytes => this.#take(bytes.toString('latin1')))
    udp?.on('error', () => {})
    tcp?.on('data', bytes => this.#stream(bytes))
    tcp?.on('error', () => {})
  }

  static async open(transport: 'udp' | 'tcp', server: number): Promise<WireSip> {
    if (transport === 'tcp') {
      const tcp = connect({ host: '127.0.0.1', port: server, noDelay: true })
      await once(tcp, 'connect')
      return new WireSip(transport, server, null, tcp)
    }
    const udp = createSocket('udp4')
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    return new WireSip(transport, server, udp, null)
  }

  /** Sends a message; its characters are bytes of UTF-8. */
  send(text: string): void {
    const bytes = Buffer.from(text, 'utf8')
    if (this.#udp) this.#udp.send(bytes, this.#server, '127.0.0.1')
    else this.#tcp?.write(bytes)
  }

  /** The first message that fits, among those that came and those to come. @throws Error after `ms`, with what came */
  async wait(what: string, fits: (message: WireMessage) => boolean, ms: number): Promise<WireMessage> {
    const deadline = performance.now() + ms
    for (;;) {
      const found = this.messages.find(fits)
      if (found) return found
      const left = deadline - performance.now()
      if (left <= 0)
        throw new Error(`no ${what} in ${ms} ms; came: ${this.messages.map(m => m.start).join(' | ') || 'nothing'}`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  /** Answers a request with 200 and the headers that must be copied. */
  confirm(request: WireMessage): void {
    const copied = request.headers.filter(([name]) => ['via', 'from', 'to', 'call-id', 'cseq'].includes(name))
    this.send(
      `SIP/2.0 200 OK\r\n${copied.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\nContent-Length: 0\r\n\r\n`,
    )
  }

  /** Idempotent. */
  close(): void {
    this.#tcp?.destroy()
    try {
      this.#udp?.close()
    } catch {
      // closed before
    }
  }

  #stream(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    for (;;) {
      const text = this.#rest.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = end + 4 + Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
      if (text.length < length) return
      this.#rest = this.#rest.subarray(length)
      this.#take(text.slice(0, length))
    }
  }

  #take(text: string): void {
    this.messages.push(parseWire(text))
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
