/** A phone for tests, of raw bytes: it shares no code with what it calls. UDP, one call at a time. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Message, parse, sdpOf } from './message.ts'

export interface InviteOptions {
  readonly number?: string
  /** Payload types, best first: 0 PCMU, 8 PCMA. */
  readonly payloadTypes?: readonly number[]
  readonly lateOffer?: boolean
  readonly headers?: readonly string[]
}

let calls = 0

export class Phone {
  readonly messages: Message[] = []
  /** RTP packets from the other side, header included. */
  readonly packets: Buffer[] = []
  readonly rtcp: Buffer[] = []
  readonly #sip: Socket
  readonly #rtp: Socket
  readonly #control: Socket
  readonly #target: number
  #waiting: (() => void)[] = []
  #callId = ''
  #tag = ''
  #branch = ''
  #toTag = ''
  #number = ''
  #contact = ''
  #cseq = 1
  #sequence = 1000
  #timestamp = 160_000
  #payloadType = 0
  #remote: { address: string; port: number } | null = null
  #talk: NodeJS.Timeout | null = null
  /** Bytes of each frame sent; a function of the frame's number. */
  frame: (n: number) => Buffer = () => Buffer.alloc(160, 0xff)
  #frames = 0

  private constructor(sip: Socket, rtp: Socket, control: Socket, target: number) {
    this.#sip = sip
    this.#rtp = rtp
    this.#control = control
    this.#target = target
    sip.on('message', bytes => this.#received(parse(bytes)))
    rtp.on('message', bytes => {
      this.packets.push(Buffer.from(bytes))
      this.#wake()
    })
    control.on('message', bytes => {
      this.rtcp.push(Buffer.from(bytes))
      this.#wake()
    })
  }

  static async open(target: number): Promise<Phone> {
    for (;;) {
      const [sip, rtp, control] = [createSocket('udp4'), createSocket('udp4'), createSocket('udp4')]
      sip.bind(0, '127.0.0.1')
      rtp.bind(0, '127.0.0.1')
      await Promise.all([once(sip, 'listening'), once(rtp, 'listening')])
      const bound = await new Promise<boolean>(resolve => {
        control.once('error', () => resolve(false))
        control.bind(rtp.address().port + 1, '127.0.0.1', () => resolve(true))
      })
      if (bound) return new Phone(sip, rtp, control, target)
      sip.close()
      rtp.close()
    }
  }

  get #sipPort(): number {
    return this.#sip.address().port
  }

  get rtpPort(): number {
    return this.#rtp.address().port
  }

  get callId(): string {
    return this.#callId
  }

  sdp(payloadTypes: readonly number[] = [0, 8], direction = 'sendrecv'): string {
    return sdpOf({ version: this.#cseq, port: this.rtpPort, payloadTypes, direction })
  }

  invite(options: InviteOptions = {}): void {
    calls += 1
    this.#tag = `phone${calls}`
    this.#callId = `call-${process.pid}-${calls}@127.0.0.1`
    this.#branch = `z9hG4bK${this.#callId.slice(0, 20)}${calls}`
    this.#number = options.number ?? '+14155550100'
    this.#payloadType = options.payloadTypes?.[0] ?? 0
    this.#request('INVITE', this.#branch, options.lateOffer ? '' : this.sdp(options.payloadTypes), options.headers)
  }

  /** `answer`: the SDP of a late offer's answer. */
  ack(answer = ''): void {
    this.#request('ACK', `${this.#branch}a`, answer, [], 1)
  }

  /** ACK of a failure: same branch, as RFC 3261 §17.1.1.3 wants. */
  ackFailure(): void {
    this.#request('ACK', this.#branch, '', [], 1)
  }

  cancel(): void {
    this.#request('CANCEL', this.#branch, '', [], 1)
  }

  bye(): void {
    this.#cseq += 1
    this.#request('BYE', `${this.#branch}b`, '')
  }

  /** As if the answer had been lost. */
  byeAgain(): void {
    this.#request('BYE', `${this.#branch}b`, '')
  }

  reinvite(direction: string): void {
    this.#cseq += 1
    this.#branch = `${this.#branch}r${this.#cseq}`
    this.#request('INVITE', this.#branch, this.sdp([this.#payloadType], direction))
  }

  /** Sends a frame each 20 ms from now on. */
  talk(): void {
    this.#talk ??= setInterval(() => this.#sendFrame(), 20)
  }

  hush(): void {
    if (this.#talk) clearInterval(this.#talk)
    this.#talk = null
  }

  /** A key press as RFC 4733 sends it: three updates, three ends. */
  press(digit: number): void {
    for (const [i, end] of [0, 0, 0, 1, 1, 1].entries()) {
      const payload = Buffer.from([digit, end ? 0x8a : 0x0a, 0, 0])
      payload.writeUInt16BE(160 * Math.min(i + 1, 4), 2)
      this.#sendRtp(101, payload, i === 0)
    }
    this.#timestamp += 160 * 6
  }

  /** Waits until `found` gives something; throws with what was seen after `ms`. */
  async until<T>(what: string, found: () => T | undefined | null | false, ms = 5000): Promise<T> {
    const deadline = performance.now() + ms
    for (;;) {
      const value = found()
      if (value) return value
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`no ${what} in ${ms} ms; seen: ${this.messages.map(m => m.start).join(' | ')}`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, Math.min(left, 50))
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  async response(status: number, method = 'INVITE', ms = 5000): Promise<Message> {
    const message = await this.until(
      `${status} to ${method}`,
      () => this.messages.find(m => m.status === status && m.method === method),
      ms,
    )
    if (method === 'INVITE' && status >= 300) this.ackFailure()
    return message
  }

  request(method: string, ms = 5000): Promise<Message> {
    return this.until(`request ${method}`, () => this.messages.find(m => m.status === 0 && m.method === method), ms)
  }

  /** Payload bytes of the packets from index `from` on. */
  heard(from = 0): Buffer {
    return Buffer.concat(this.packets.slice(from).map(packet => packet.subarray(12)))
  }

  close(): void {
    this.hush()
    for (const socket of [this.#sip, this.#rtp, this.#control]) {
      try {
        socket.close()
      } catch {
        // closed before
      }
    }
  }

  #received(message: Message): void {
    this.messages.push(message)
    if (message.status > 0 && message.method === 'INVITE') {
      this.#toTag = message.headers['to']?.match(/;tag=([^;,]+)/)?.[1] ?? this.#toTag
      this.#contact = message.headers['contact']?.match(/<([^>]+)>/)?.[1] ?? this.#contact
      const port = message.body.match(/m=audio (\d+)/)?.[1]
      const address = message.body.match(/c=IN IP4 (\S+)/)?.[1]
      if (port && address) this.#remote = { address, port: Number(port) }
    }
    if (message.status === 0 && message.method !== 'ACK') {
      const echo = ['via', 'from', 'to', 'call-id', 'cseq'].map(name => `${name}: ${message.headers[name] ?? ''}`)
      this.#send(['SIP/2.0 200 OK', ...echo, 'content-length: 0', '', ''].join('\r\n'))
    }
    this.#wake()
  }

  #request(method: string, branch: string, body: string, headers: readonly string[] = [], cseq = this.#cseq): void {
    const inDialog =
      method === 'BYE' || (method === 'ACK' && branch !== this.#branch) || (method === 'INVITE' && cseq > 1)
    const target = inDialog && this.#contact ? this.#contact : `sip:${this.#number}@127.0.0.1:${this.#target}`
    const toTag = method !== 'CANCEL' && this.#toTag && (inDialog || method === 'ACK') ? `;tag=${this.#toTag}` : ''
    this.#send(
      [
        `${method} ${target} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${this.#sipPort};branch=${branch};rport`,
        'Max-Forwards: 70',
        `From: <sip:+14155551234@127.0.0.1:${this.#sipPort}>;tag=${this.#tag}`,
        `To: <sip:${this.#number}@127.0.0.1:${this.#target}>${toTag}`,
        `Call-ID: ${this.#callId}`,
        `CSeq: ${cseq} ${method}`,
        `Contact: <sip:phone@127.0.0.1:${this.#sipPort}>`,
        ...headers,
        ...(body ? ['Content-Type: application/sdp'] : []),
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ].join('\r\n'),
    )
  }

  #send(text: string): void {
    this.#sip.send(Buffer.from(text, 'latin1'), this.#target, '127.0.0.1')
  }

  #sendFrame(): void {
    this.#sendRtp(this.#payloadType, this.frame(this.#frames++), false)
    this.#timestamp += 160
  }

  #sendRtp(payloadType: number, payload: Buffer, marker: boolean): void {
    if (!this.#remote) return
    const head = Buffer.alloc(12)
    head[0] = 0x80
    head[1] = (marker ? 0x80 : 0) | payloadType
    head.writeUInt16BE(this.#sequence++ & 0xffff, 2)
    head.writeUInt32BE(this.#timestamp >>> 0, 4)
    head.writeUInt32BE(0x1234abcd, 8)
    this.#rtp.send(Buffer.concat([head, payload]), this.#remote.port, this.#remote.address)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
