/** One caller of the load process: SIP by hand (or none), RTP by hand, marks in every frame. No code of the product. */
import { createSocket, type Socket } from 'node:dgram'
import type { Figures } from './figures.ts'
import { FLAG_FIRST, FLAG_SPEECH, FRAME, mark, readMark } from './mark.ts'
import { noise } from './protocol.ts'
import { type Stamped, Stamps, VAD_MS } from './provider.ts'

/** The caller's rhythm in frames: speaks 40 (0.8 s), listens 200 (4 s); each third turn it interrupts after 60 frames of listening. */
const SILENCE = 0xff
const SPEAK = 40
const LISTEN = 200
const INTERRUPT_AT = 60

export class Caller implements Stamped {
  readonly up = new Stamps()
  readonly down = new Stamps()
  speechStartedAt = 0
  readonly #id: number
  readonly #figures: Figures
  readonly #rtp: Socket
  readonly #packet = Buffer.alloc(12 + FRAME, SILENCE)
  readonly #voice: readonly Buffer[]
  #to: { port: number; address: string } | null = null
  #frame = 0
  #sequence = 0
  #turn = 0
  #inTurn = 0
  #lastAgentAt = 0
  #flaggedAt = 0
  #awaitStop = false

  private constructor(id: number, figures: Figures, rtp: Socket) {
    this.#id = id
    this.#figures = figures
    this.#rtp = rtp
    this.#voice = Array.from({ length: 8 }, (_, i) => noise(id * 8 + i + 1))
    this.#packet.writeUInt16BE(0x8000, 0) // version 2, PCMU
    this.#packet.writeUInt32BE(0x1000 + id, 8)
    this.#inTurn = (id * 37) % (SPEAK + LISTEN)
    rtp.on('message', packet => this.#hear(packet))
    rtp.on('error', () => {})
  }

  static async create(id: number, figures: Figures): Promise<Caller> {
    const rtp = createSocket({ type: 'udp4', recvBufferSize: 1 << 18 })
    await new Promise<void>(resolve => rtp.bind(0, '127.0.0.1', resolve))
    return new Caller(id, figures, rtp)
  }

  get rtpPort(): number {
    return this.#rtp.address().port
  }
  get talking(): boolean {
    return this.#to !== null
  }

  talkTo(port: number, address = '127.0.0.1'): void {
    this.#to = { port, address }
  }

  /** Sends the frame that is due. */
  tick(): void {
    if (this.#to === null) return
    const speech = this.#speaks()
    if (speech) this.#voice[this.#frame & 7]?.copy(this.#packet, 12)
    else this.#packet.fill(SILENCE, 12)
    mark(this.#packet, 12, this.#id, this.#frame, speech ? FLAG_SPEECH : 0)
    this.#packet.writeUInt16BE(this.#sequence & 0xffff, 2)
    this.#packet.writeUInt32BE((this.#frame * FRAME) >>> 0, 4)
    const now = performance.now()
    this.up.set(this.#frame, now)
    if (!speech) this.#flaggedAt = 0
    else if (this.#flaggedAt === 0) this.#flaggedAt = now
    this.#rtp.send(this.#packet, this.#to.port, this.#to.address)
    this.#frame++
    this.#sequence++
    this.#settle(now)
  }

  /** Whether this frame is speech, by the rhythm. A barge-in is speech while the agent is audible. */
  #speaks(): boolean {
    const at = this.#inTurn++
    if (this.#inTurn >= SPEAK + LISTEN) {
      this.#inTurn = 0
      this.#turn++
    }
    const interrupts = this.#turn % 3 === 2 && at >= SPEAK + INTERRUPT_AT && at < SPEAK + INTERRUPT_AT + SPEAK
    if (interrupts && at === SPEAK + INTERRUPT_AT && performance.now() - this.#lastAgentAt < 30) {
      this.#awaitStop = true
      this.speechStartedAt = 0
    }
    return at < SPEAK || interrupts
  }

  #hear(packet: Buffer): void {
    const found = packet.length === 12 + FRAME ? readMark(packet, 12) : null
    if (found === null) return
    const now = performance.now()
    this.#figures.framesHad++
    if (found.flags & FLAG_FIRST) this.#figures.down.push(now - this.down.get(found.frame))
    else if (this.#lastAgentAt > 0 && now - this.#lastAgentAt < 400) this.#figures.gap.push(now - this.#lastAgentAt)
    this.#lastAgentAt = now
  }

  /** A barge-in is over once no agent frame came for 200 ms after the provider called it speech. */
  #settle(now: number): void {
    if (
      !this.#awaitStop ||
      this.speechStartedAt === 0 ||
      now - this.speechStartedAt < 300 ||
      now - this.#lastAgentAt < 200
    )
      return
    this.#awaitStop = false
    const ours = Math.max(0, this.#lastAgentAt - this.speechStartedAt)
    this.#figures.bargeInOurs.push(ours)
    this.#figures.bargeIn.push(Math.max(ours + VAD_MS, this.#lastAgentAt - this.#flaggedAt))
  }

  close(): void {
    this.#to = null
    this.#rtp.close()
  }
}
