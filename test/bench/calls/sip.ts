/** Just enough SIP over one UDP socket to set up and end many calls, written out by hand. */
import { createSocket, type Socket } from 'node:dgram'
import type { Caller } from './caller.ts'
import type { Figures } from './figures.ts'

interface Attempt {
  readonly caller: Caller
  readonly began: number
  rang: boolean
  to: string
  contact: string
  readonly settled: (up: boolean) => void
}

export class SipLoad {
  readonly #socket: Socket
  readonly #port: number
  readonly #server: number
  readonly #number: string
  readonly #figures: Figures
  readonly #attempts = new Map<string, Attempt>()

  private constructor(socket: Socket, server: number, number: string, figures: Figures) {
    this.#socket = socket
    this.#port = socket.address().port
    this.#server = server
    this.#number = number
    this.#figures = figures
    socket.on('message', data => this.#receive(data.toString('latin1')))
  }

  static async open(server: number, number: string, figures: Figures): Promise<SipLoad> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return new SipLoad(socket, server, number, figures)
  }

  /** Resolves with whether the call came up. */
  call(id: string, caller: Caller): Promise<boolean> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#figures.failed++
        resolve(false)
      }, 20_000)
      const settled = (up: boolean): void => {
        clearTimeout(timer)
        resolve(up)
      }
      this.#attempts.set(id, { caller, began: performance.now(), rang: false, to: '', contact: '', settled })
      const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${caller.rtpPort} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n`
      this.#send(
        'INVITE',
        id,
        1,
        `sip:${this.#number}@127.0.0.1:${this.#server}`,
        `<sip:${this.#number}@127.0.0.1>`,
        sdp,
      )
    })
  }

  hangUp(id: string): void {
    const attempt = this.#attempts.get(id)
    if (attempt === undefined) return
    this.#attempts.delete(id)
    this.#send('BYE', id, 2, attempt.contact, attempt.to)
  }

  hangUpAll(): void {
    for (const id of [...this.#attempts.keys()]) this.hangUp(id)
  }

  close(): void {
    this.#socket.close()
  }

  #receive(text: string): void {
    const first = text.slice(0, text.indexOf('\r\n'))
    const id = /^call-id:\s*(\S+)/im.exec(text)?.[1] ?? ''
    if (!first.startsWith('SIP/2.0')) {
      // The other side ends it.
      const copied = text.split('\r\n').filter(l => /^(via|from|to|call-id|cseq):/i.test(l))
      this.#socket.send(
        `SIP/2.0 200 OK\r\n${copied.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`,
        this.#server,
        '127.0.0.1',
      )
      this.#attempts.delete(id)
      return
    }
    const attempt = this.#attempts.get(id)
    if (attempt === undefined || !/^cseq:\s*1 INVITE/im.test(text)) return
    const status = Number(first.slice(8, 11))
    const now = performance.now()
    if (status === 180 && !attempt.rang) {
      attempt.rang = true
      this.#figures.ringing.push(now - attempt.began)
    }
    if (status < 200) return
    attempt.to = /^to:\s*(.+)$/im.exec(text)?.[1] ?? ''
    attempt.contact = /^contact:\s*<([^>]+)>/im.exec(text)?.[1] ?? `sip:${this.#number}@127.0.0.1:${this.#server}`
    this.#send('ACK', id, 1, attempt.contact, attempt.to)
    if (status === 200) {
      if (attempt.caller.talking) return
      this.#figures.answered.push(now - attempt.began)
      attempt.caller.talkTo(Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? 0))
      attempt.settled(true)
    } else {
      this.#attempts.delete(id)
      if (status === 503) this.#figures.refused++
      else this.#figures.failed++
      attempt.settled(false)
    }
  }

  #send(method: string, id: string, cseq: number, uri: string, to: string, sdp = ''): void {
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#port};rport;branch=z9hG4bK${id}${method === 'ACK' ? 'a' : ''}${cseq}${method === 'BYE' ? 'b' : ''}`,
      'Max-Forwards: 70',
      `From: <sip:+15550009999@127.0.0.1:${this.#port}>;tag=f${id}`,
      `To: ${to}`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:load@127.0.0.1:${this.#port}>`,
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${sdp.length}`,
    ]
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n${sdp}`, this.#server, '127.0.0.1')
  }
}
