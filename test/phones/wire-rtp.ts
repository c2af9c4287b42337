/**
 * RTP and RTCP as bytes on a pair of sockets of 127.0.0.1: speaks frames on a clock, keeps every packet that comes, and lays what it heard
 * out on the sender's timestamps. It shares no code with what it speaks to.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { compress, expand } from '#simulators/speech/g711.ts'

export interface RtpPacket {
  readonly type: number
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  readonly audio: Buffer
  /** performance.now() at arrival. */
  readonly at: number
}

const LAWS: Readonly<Record<number, 'ulaw' | 'alaw'>> = { 0: 'ulaw', 8: 'alaw' }
const SAMPLES_PER_MS = 8

export class WireRtp {
  readonly packets: RtpPacket[] = []
  /** RTCP on the port above. */
  readonly reports: Buffer[] = []
  /** RTCP on the RTP port itself. */
  readonly muxed: Buffer[] = []
  readonly port: number
  readonly #rtp: Socket
  readonly #rtcp: Socket
  #to = 0
  #type = 0
  #law: 'ulaw' | 'alaw' = 'ulaw'
  #ptimeMs = 20
  #sequence = 4000
  #timestamp = 160_000
  #timer: NodeJS.Timeout | null = null
  #startedAt = 0
  #sent = 0
  #speech: Int16Array | null = null
  #speechAt = 0

  private constructor(rtp: Socket, rtcp: Socket) {
    this.#rtp = rtp
    this.#rtcp = rtcp
    this.port = rtp.address().port
    rtp.on('message', bytes => {
      // RFC 5761 §4: packet types 192–223 on an RTP port are RTCP
      const kind = bytes[1] ?? 0
      if (bytes.length < 8 || (bytes[0] ?? 0) >> 6 !== 2) return
      if (kind >= 192 && kind <= 223) this.muxed.push(Buffer.from(bytes))
      else if (bytes.length >= 12) this.packets.push(readPacket(bytes))
    })
    rtcp.on('message', bytes => this.reports.push(Buffer.from(bytes)))
    for (const socket of [rtp, rtcp]) socket.on('error', () => {})
  }

  /** An even port and the odd one above it (RFC 3550 §11). */
  static async open(): Promise<WireRtp> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const rtp = createSocket('udp4')
      rtp.bind(0, '127.0.0.1')
      await once(rtp, 'listening')
      const { port } = rtp.address()
      if (port % 2 === 0) {
        const rtcp = createSocket('udp4')
        const bound = await new Promise<boolean>(resolve => {
          rtcp.once('error', () => resolve(false))
          rtcp.bind(port + 1, '127.0.0.1', () => resolve(true))
        })
        if (bound) return new WireRtp(rtp, rtcp)
      }
      rtp.close()
    }
    throw new Error('no pair of RTP ports on 127.0.0.1')
  }

  /** Sends a packet per `ptimeMs` from now on: what `say` was given, silence between. `law` matters when `type` is dynamic. */
  talk(to: number, type: number, ptimeMs = 20, law = LAWS[type] ?? 'ulaw'): void {
    this.#to = to
    this.#type = type
    this.#law = law
    this.#ptimeMs = ptimeMs
    this.#startedAt = performance.now()
    this.#sent = 0
    this.#timer ??= setInterval(() => this.#tick(), 5)
  }

  /** Speaks samples at 8 kHz, from the next packet on. */
  say(samples: Int16Array): void {
    this.#speech = samples
    this.#speechAt = 0
  }

  /** Whether what `say` was given is still being sent. */
  get saying(): boolean {
    return this.#speech !== null
  }

  hush(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  /** A key as RFC 4733 §2.5 has it: updates each 50 ms of duration, the end three times. `event`: 0–9, 10 *, 11 #. */
  press(event: number, type: number): void {
    for (const [i, end] of [false, false, true, true, true].entries()) {
      const payload = Buffer.from([event, (end ? 0x80 : 0) | 10, 0, 0])
      payload.writeUInt16BE(400 * Math.min(i + 1, 3), 2)
      this.#send(type, payload, i === 0)
    }
  }

  /** What was heard: G.711 packets at 8 kHz by their timestamps, holes silent. `law` for a dynamic type. */
  heard(law?: 'ulaw' | 'alaw'): Int16Array {
    const audio = this.packets.filter(p => law !== undefined || LAWS[p.type] !== undefined)
    const first = audio[0]
    if (first === undefined) return new Int16Array()
    const end = audio.reduce((most, p) => Math.max(most, offset(p, first) + p.audio.length), 0)
    const out = new Int16Array(Math.min(end, 60 * 60 * 8000))
    for (const p of audio) {
      const at = offset(p, first)
      if (at >= 0 && at + p.audio.length <= out.length) out.set(expand(law ?? LAWS[p.type] ?? 'ulaw', p.audio), at)
    }
    return out
  }

  /** Idempotent. */
  close(): void {
    this.hush()
    for (const socket of [this.#rtp, this.#rtcp]) {
      try {
        socket.close()
      } catch {
        // closed before
      }
    }
  }

  #tick(): void {
    const due = (performance.now() - this.#startedAt) / this.#ptimeMs
    for (; this.#sent < due; this.#sent++) {
      this.#send(this.#type, Buffer.from(compress(this.#law, this.#next())), this.#sent === 0)
      this.#timestamp += this.#ptimeMs * SAMPLES_PER_MS
    }
  }

  #next(): Int16Array {
    const frame = new Int16Array(this.#ptimeMs * SAMPLES_PER_MS)
    if (this.#speech === null) return frame
    frame.set(this.#speech.subarray(this.#speechAt, this.#speechAt + frame.length))
    this.#speechAt += frame.length
    if (this.#speechAt >= this.#speech.length) this.#speech = null
    return frame
  }

  #send(type: number, payload: Buffer, marker: boolean): void {
    const head = Buffer.alloc(12)
    head[0] = 0x80
    head[1] = (marker ? 0x80 : 0) | type
    head.writeUInt16BE(this.#sequence++ & 0xffff, 2)
    head.writeUInt32BE(this.#timestamp >>> 0, 4)
    head.writeUInt32BE(0x5eed_0001, 8)
    this.#rtp.send(Buffer.concat([head, payload]), this.#to, '127.0.0.1')
  }
}

function readPacket(bytes: Buffer): RtpPacket {
  return {
    type: (bytes[1] ?? 0) & 0x7f,
    marker: ((bytes[1] ?? 0) & 0x80) !== 0,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    audio: Buffer.from(bytes.subarray(12 + 4 * ((bytes[0] ?? 0) & 15))),
    at: performance.now(),
  }
}

/** Samples between two packets, wrap seen. */
function offset(packet: RtpPacket, first: RtpPacket): number {
  return (packet.timestamp - first.timestamp) | 0
}
