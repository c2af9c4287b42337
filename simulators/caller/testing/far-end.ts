/** The other side of a call for tests, written by hand: it shares no line with the product or the caller, except the tables of G.711. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { toUlaw } from '#simulators/speech/g711.ts'

export interface FarEndOptions {
  /** Final status; other than 200 refuses. */
  readonly status?: number
  /** 20 ms of µ-law to send as the n-th packet after the answer; null: silence. */
  readonly frame?: (n: number, heardLoudAt: number | null) => Uint8Array | null
  /** Sends BYE so long after the ACK. */
  readonly byeAfterMs?: number
}

const SILENCE = new Uint8Array(160).fill(0xff)
const LOUD = 600

export class FarEnd {
  /** First lines of all that came, and the INVITE's body. */
  readonly seen: string[] = []
  offer = ''
  ackBody = ''
  packets = 0
  /** Index of the packet we were about to send when the first loud one came. */
  heardLoudAt: number | null = null
  digits = ''
  #eventTimestamp = -1
  #sent = 0
  #timers: NodeJS.Timeout[] = []
  #udp!: UdpSocket
  #tcp!: Server
  #rtp!: UdpSocket
  readonly #sockets = new Set<Socket>()
  readonly #o: FarEndOptions

  private constructor(options: FarEndOptions) {
    this.#o = options
  }

  static async open(options: FarEndOptions = {}): Promise<FarEnd> {
    const end = new FarEnd(options)
    end.#rtp = createSocket('udp4')
    await new Promise<void>(resolve => {
      end.#rtp.bind(0, '127.0.0.1', resolve)
    })
    end.#tcp = createServer(socket => {
      end.#sockets.add(socket)
      socket.on('data', bytes => end.#message(String(bytes), text => socket.write(text)))
      socket.on('error', () => undefined)
    })
    for (let attempt = 1; ; attempt++) {
      end.#udp = createSocket('udp4')
      await new Promise<void>(resolve => {
        end.#udp.bind(0, '127.0.0.1', resolve)
      })
      // a port that is free for UDP may be somebody's for TCP
      const taken = await new Promise<Error | null>(resolve => {
        end.#tcp.once('error', resolve)
        end.#tcp.listen(end.port, '127.0.0.1', () => resolve(null))
      })
      end.#tcp.removeAllListeners('error')
      if (taken === null) break
      end.#udp.close()
      if (attempt >= 10) throw taken
    }
    end.#udp.on('message', (bytes, from) =>
      end.#message(String(bytes), text => end.#udp.send(text, from.port, from.address)),
    )
    end.#rtp.on('message', bytes => end.#media(bytes))
    return end
  }

  get port(): number {
    return this.#udp.address().port
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    for (const socket of this.#sockets) socket.destroy()
    this.#udp.close()
    this.#rtp.close()
    this.#tcp.close()
  }

  #message(text: string, send: (text: string) => void): void {
    const [first = ''] = text.split('\r\n')
    this.seen.push(first)
    const headers = [...text.matchAll(/^(Via|From|To|Call-ID|CSeq):.*$/gim)].map(match => match[0])
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    const reply = (status: number, sdp = ''): void => {
      const lines = headers.map(h => (/^To:/i.test(h) && !h.includes('tag=') && status > 100 ? `${h};tag=far` : h))
      const type = sdp === '' ? [] : ['Content-Type: application/sdp']
      const contact = `Contact: <sip:far@127.0.0.1:${this.port}>`
      send([`SIP/2.0 ${status} X`, ...lines, contact, ...type, `Content-Length: ${sdp.length}`, '', sdp].join('\r\n'))
    }
    if (first.startsWith('INVITE')) {
      const again = /^To:.*tag=/im.test(text)
      if (!again) this.offer = body
      const { status = 200 } = this.#o
      if (!again) reply(180)
      if (status === 200) reply(200, this.#sdp(/a=sendonly/.test(body) ? 'recvonly' : 'sendrecv'))
      else reply(status)
      if (!again && body !== '') this.#remote = portOf(body)
    } else if (first.startsWith('ACK')) {
      if (body !== '') {
        this.ackBody = body
        this.#remote = portOf(body)
      }
      if (this.#timers.length === 0 && (this.#o.status ?? 200) === 200) this.#start(headers, send)
    } else if (first.startsWith('BYE')) reply(200)
  }

  #remote = 0

  #sdp(direction: string): string {
    const { port } = this.#rtp.address()
    return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=${direction}\r\n`
  }

  #start(headers: readonly string[], send: (text: string) => void): void {
    const began = performance.now()
    this.#timers.push(
      setInterval(() => {
        for (; this.#sent * 20 <= performance.now() - began; this.#sent++) this.#send()
      }, 5),
    )
    if (this.#o.byeAfterMs !== undefined)
      this.#timers.push(setTimeout(() => send(this.#bye(headers)), this.#o.byeAfterMs))
  }

  /** From and To change places. */
  #bye(headers: readonly string[]): string {
    const of = (name: string): string =>
      headers.find(h => h.toLowerCase().startsWith(name))?.replace(/^[^:]*:\s*/, '') ?? ''
    const to = of('to').includes('tag=') ? of('to') : `${of('to')};tag=far`
    return [
      'BYE sip:caller@127.0.0.1 SIP/2.0',
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bKbye`,
      'Max-Forwards: 70',
      `From: ${to}`,
      `To: ${of('from')}`,
      `Call-ID: ${of('call-id')}`,
      'CSeq: 1 BYE',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
  }

  #send(): void {
    const packet = Buffer.alloc(172)
    packet[0] = 0x80
    packet.writeUInt16BE(this.#sent & 0xffff, 2)
    packet.writeUInt32BE(this.#sent * 160, 4)
    packet.writeUInt32BE(1234, 8)
    packet.set(this.#o.frame?.(this.#sent, this.heardLoudAt) ?? SILENCE, 12)
    this.#rtp.send(packet, this.#remote, '127.0.0.1')
  }

  #media(packet: Buffer): void {
    const type = (packet[1] ?? 0) & 0x7f
    if (type === 101) {
      const timestamp = packet.readUInt32BE(4)
      if (timestamp !== this.#eventTimestamp) this.digits += '0123456789*#ABCD'[packet[12] ?? 99] ?? '?'
      this.#eventTimestamp = timestamp
      return
    }
    this.packets++
    // µ-law with its bits turned over grows with the level
    const loud = packet.subarray(12).some(byte => (~byte & 0x7f) > (~toUlaw(LOUD) & 0x7f))
    if (loud) this.heardLoudAt ??= this.#sent
  }
}

function portOf(sdp: string): number {
  return Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0)
}
