/** RTP written out by hand: one socket that plays µ-law, records what comes by its timestamps, and presses and hears keys (RFC 4733). */
import { createSocket, type Socket } from 'node:dgram'
import { ALAW, ULAW } from '#test/phones/hand-laws.ts'

const FRAME = 160
const SILENCE = Buffer.alloc(FRAME, 0xff)
const KEYS = '0123456789*#ABCD'
const MOST_SAMPLES = 8000 * 120

export class HandAudio {
  readonly port: number
  /** What was heard, 8 kHz, from the first packet on. */
  heard = new Int16Array(0)
  keys = ''
  packets = 0
  readonly #socket: Socket
  #remote: { port: number; address: string } | null = null
  #queue: Buffer[] = []
  #loop: Buffer[] = []
  #sequence = 1
  #timestamp = 1000
  #timer: NodeJS.Timeout | null = null
  #due = 0
  #first: number | null = null
  #lastKey = -1
  #pressed: { key: string; left: number; at: number } | null = null
  #closed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', packet => this.#take(packet))
    socket.on('error', () => undefined)
  }

  static async open(): Promise<HandAudio> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => {
      socket.bind(0, '127.0.0.1', resolve)
    })
    return new HandAudio(socket)
  }

  /** Sends to the address in an SDP from now on. */
  start(sdp: string): void {
    const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0)
    const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? '127.0.0.1'
    this.#remote = { port, address }
    if (this.#timer !== null || this.#closed) return
    this.#due = performance.now()
    this.#timer = setInterval(() => {
      for (; this.#due <= performance.now(); this.#due += 20) this.#send()
    }, 5)
  }

  /** Says it once, behind what is being said. */
  say(ulaw: Uint8Array): void {
    for (let at = 0; at < ulaw.length; at += FRAME) this.#queue.push(frameOf(ulaw, at))
  }

  /** Says it over and over while nothing else is said. */
  repeat(ulaw: Uint8Array): void {
    this.#loop = []
    for (let at = 0; at < ulaw.length; at += FRAME) this.#loop.push(frameOf(ulaw, at))
  }

  /** 100 ms of one key. */
  press(key: string): void {
    this.#pressed = { key, left: 8, at: this.#timestamp }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#socket.close()
  }

  #send(): void {
    if (this.#remote === null) return
    const pressed = this.#pressed
    if (pressed !== null) {
      const event = Buffer.alloc(4)
      event[0] = KEYS.indexOf(pressed.key)
      // the end is said three times
      event[1] = (pressed.left <= 3 ? 0x80 : 0) | 10
      event.writeUInt16BE(Math.min(5, 9 - pressed.left) * FRAME, 2)
      this.#packet(101, pressed.at, event, pressed.left === 8)
      this.#timestamp += FRAME
      pressed.left -= 1
      if (pressed.left === 0) this.#pressed = null
      return
    }
    let frame = this.#queue.shift()
    if (frame === undefined && this.#loop.length > 0) {
      frame = this.#loop.shift() as Buffer
      this.#loop.push(frame)
    }
    this.#packet(0, this.#timestamp, frame ?? SILENCE, false)
    this.#timestamp += FRAME
  }

  #packet(type: number, timestamp: number, payload: Buffer, marker: boolean): void {
    const header = Buffer.alloc(12)
    header[0] = 0x80
    header[1] = type | (marker ? 0x80 : 0)
    header.writeUInt16BE(this.#sequence++ & 0xffff, 2)
    header.writeUInt32BE(timestamp >>> 0, 4)
    header.writeUInt32BE(77, 8)
    const to = this.#remote
    if (to !== null && !this.#closed) this.#socket.send(Buffer.concat([header, payload]), to.port, to.address)
  }

  #take(packet: Buffer): void {
    if (packet.length < 13) return
    const type = (packet[1] as number) & 0x7f
    const timestamp = packet.readUInt32BE(4)
    if (type === 101) {
      if (timestamp !== this.#lastKey) this.keys += KEYS[packet[12] as number] ?? '?'
      this.#lastKey = timestamp
      return
    }
    if (type !== 0 && type !== 8) return
    this.packets++
    this.#first ??= timestamp
    const at = (timestamp - this.#first) | 0
    const payload = packet.subarray(12)
    if (at < 0 || at + payload.length > MOST_SAMPLES) return
    if (at + payload.length > this.heard.length) {
      const longer = new Int16Array(Math.max(at + payload.length, 8000))
      longer.set(this.heard)
      this.heard = longer
    }
    const law = type === 0 ? ULAW : ALAW
    for (let i = 0; i < payload.length; i++) this.heard[at + i] = law[payload[i] as number] as number
  }
}

function frameOf(ulaw: Uint8Array, at: number): Buffer {
  const frame = Buffer.alloc(FRAME, 0xff)
  frame.set(ulaw.subarray(at, at + FRAME))
  return frame
}
