/**
 * SIP written out by hand over one UDP socket, for load and soak: many calls begun and ended in every way, right and wrong. It retransmits
 * nothing and understands as little as it can, so that it says nothing about the product's own SIP.
 */
import { createSocket, type Socket } from 'node:dgram'

export interface HandCallOptions {
  readonly number: string
  /** '' for a late offer. */
  readonly sdp: string
  readonly onStatus: (call: HandCall, status: number) => void
  /** The other side said BYE. */
  readonly onBye?: (call: HandCall) => void
}

export class HandCall {
  readonly id: string
  readonly began = performance.now()
  /** RTP port of the answer. */
  rtpPort = 0
  readonly #sip: HandSip
  readonly options: HandCallOptions
  #to: string
  #contact: string
  #cseq = 1

  constructor(sip: HandSip, id: string, options: HandCallOptions) {
    this.#sip = sip
    this.id = id
    this.options = options
    this.#contact = sip.uri(options.number)
    this.#to = `<${this.#contact}>`
    sip.send(this.#request('INVITE', 1, options.sdp))
  }

  ack(): void {
    this.#sip.send(this.#request('ACK', this.#cseq))
  }
  bye(): void {
    this.#cseq++
    this.#sip.send(this.#request('BYE', this.#cseq))
  }
  cancel(): void {
    this.#sip.send(this.#request('CANCEL', 1))
  }
  reinvite(sdp: string): void {
    this.#cseq++
    this.#sip.send(this.#request('INVITE', this.#cseq, sdp))
  }
  /** Sends the first INVITE again, byte for byte. */
  repeat(): void {
    this.#sip.send(this.#request('INVITE', 1, this.options.sdp, `<${this.#sip.uri(this.options.number)}>`))
  }

  /** A response to one of our INVITEs; finals of 300 and above are acknowledged by the transaction's own rules, here. */
  take(status: number, text: string): void {
    if (status >= 200) {
      this.#to = /^to:\s*(.+)$/im.exec(text)?.[1] ?? this.#to
      this.#contact = /^contact:\s*<([^>]+)>/im.exec(text)?.[1] ?? this.#contact
      this.rtpPort = Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? this.rtpPort)
      if (status >= 300) this.ack()
    }
    this.options.onStatus(this, status)
  }

  #request(method: string, cseq: number, sdp = '', to = this.#to): string {
    // ACK to a refusal and CANCEL belong to the INVITE's transaction: the same branch; an ACK to a 2xx has its own.
    const own = method === 'BYE' || (method === 'ACK' && this.rtpPort > 0) ? method.toLowerCase() : ''
    const early = method === 'INVITE' && cseq === 1 && to === this.#to && this.rtpPort === 0
    const lines = [
      `${method} ${early || method === 'CANCEL' ? this.#sip.uri(this.options.number) : this.#contact} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#sip.port};rport;branch=z9hG4bK${this.id}-${cseq}${own}`,
      'Max-Forwards: 70',
      `From: <sip:+15550009999@127.0.0.1:${this.#sip.port}>;tag=f${this.id}`,
      `To: ${to}`,
      `Call-ID: ${this.id}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:load@127.0.0.1:${this.#sip.port}>`,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${sdp.length}`,
    ]
    return `${lines.join('\r\n')}\r\n\r\n${sdp}`
  }
}

export class HandSip {
  readonly port: number
  readonly #socket: Socket
  readonly #server: number
  readonly #calls = new Map<string, HandCall>()
  #next = 1

  private constructor(socket: Socket, server: number) {
    this.#socket = socket
    this.port = socket.address().port
    this.#server = server
    socket.on('message', data => this.#receive(data.toString('latin1')))
    socket.on('error', () => {})
  }

  static async open(serverPort: number): Promise<HandSip> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return new HandSip(socket, serverPort)
  }

  uri(number: string): string {
    return `sip:${number}@127.0.0.1:${this.#server}`
  }
  call(options: HandCallOptions): HandCall {
    const id = `hand-${process.pid}-${this.port}-${this.#next++}`
    const call = new HandCall(this, id, options)
    this.#calls.set(id, call)
    return call
  }
  forget(call: HandCall): void {
    this.#calls.delete(call.id)
  }
  send(text: string): void {
    this.#socket.send(text, this.#server, '127.0.0.1')
  }
  close(): void {
    this.#socket.close()
  }

  #receive(text: string): void {
    const first = text.slice(0, text.indexOf('\r\n'))
    const call = this.#calls.get(/^call-id:\s*(\S+)/im.exec(text)?.[1] ?? '')
    if (!first.startsWith('SIP/2.0')) {
      if (first.startsWith('ACK')) return
      const copied = text.split('\r\n').filter(l => /^(via|from|to|call-id|cseq):/i.test(l))
      this.send(`SIP/2.0 200 OK\r\n${copied.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`)
      if (first.startsWith('BYE') && call !== undefined) call.options.onBye?.(call)
    } else if (call !== undefined && /^cseq:\s*\d+ INVITE/im.test(text)) call.take(Number(first.slice(8, 11)), text)
  }
}

/** An offer of G.711 at a port of 127.0.0.1. */
export function offer(port: number, direction = 'sendrecv', payloads = '0 8 101'): string {
  return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${payloads}\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=${direction}\r\n`
}
