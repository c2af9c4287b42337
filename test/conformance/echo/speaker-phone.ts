/**
 * A phone on a speaker: what it plays goes, later and quieter, into what it sends. Written for this judge: RTP on one socket, SIP by hand.
 * It plays by timestamp from a jitter buffer of 60 ms, as phones do, so that the echo's path is as steady as a room's; what comes too late is not
 * played. Its own clock sends a packet every 20 ms, whatever happens.
 */
import { createSocket, type Socket } from 'node:dgram'
import { compress, expand } from '#simulators/speech/g711.ts'
import { rtpOf } from '#test/measure/capture.ts'
import { type HandCall, type HandSip, offer } from '#test/phones/hand-sip.ts'
import { sleep } from '#test/phones/process.ts'

export interface Echo {
  readonly db: number
  /** From the speaker to the microphone. */
  readonly delayMs: number
}

/** CLOCK_MONOTONIC, ms: the first sound, and the end. */
export interface Said {
  readonly from: number
  readonly to: number
}

const FRAME = 160
const FRAME_MS = 20
const PER_MS = 8
const BUFFER_MS = 60
const HEADER = 12
/** The longest call that is kept. */
const MOST_SAMPLES = 15 * 60_000 * PER_MS
const LOUD = 600

export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

export class SpeakerPhone {
  /** What was said, in order. */
  readonly says: Said[] = []
  readonly #socket: Socket
  readonly #sip: HandSip
  readonly #gain: number
  readonly #delay: number
  readonly #packet = Buffer.alloc(HEADER + FRAME)
  /** By the agent's timestamps, and by our clock as far as it was there in time. */
  #heard: Int16Array = new Int16Array(30_000 * PER_MS)
  #played: Int16Array = new Int16Array(30_000 * PER_MS)
  #base: { readonly timestamp: number; readonly at: number } | null = null
  #loudAt = Number.NEGATIVE_INFINITY
  #call: HandCall | null = null
  #status = 0
  #speech: { samples: Int16Array; at: number; from: number } | null = null
  #began = 0
  #ticks = 0
  #timer: NodeJS.Timeout | null = null
  #ended = false

  private constructor(sip: HandSip, socket: Socket, echo: Echo) {
    this.#sip = sip
    this.#socket = socket
    this.#gain = 10 ** (echo.db / 20)
    this.#delay = echo.delayMs * PER_MS
    socket.on('message', bytes => this.#hear(bytes))
    socket.on('error', () => {})
    this.#packet[0] = 0x80
    this.#packet.writeUInt32BE(Math.floor(Math.random() * 2 ** 32), 8)
  }

  static async open(sip: HandSip, echo: Echo): Promise<SpeakerPhone> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return new SpeakerPhone(sip, socket, echo)
  }

  /** The agent's RTP port. */
  get agentPort(): number {
    return this.#call?.rtpPort ?? 0
  }
  /** Hung up, by either side. */
  get ended(): boolean {
    return this.#ended
  }
  /** Milliseconds since the agent was last audible. */
  get silentMs(): number {
    return monotonicMs() - this.#loudAt
  }
  get speaking(): boolean {
    return this.#speech !== null
  }

  /** @throws Error when nobody answers */
  async dial(number: string): Promise<void> {
    this.#call = this.#sip.call({
      number,
      sdp: offer(this.#socket.address().port, 'sendrecv', '0 101'),
      onStatus: (call, status) => {
        this.#status = status
        if (status === 200) call.ack()
      },
      onBye: () => this.#end(),
    })
    for (let waited = 0; waited < 15_000 && this.#status < 200; waited += 10) await sleep(10)
    if (this.#status !== 200) throw new Error(`the call was answered with ${this.#status}`)
    this.#began = monotonicMs()
    this.#arm()
  }

  say(samples: Int16Array): void {
    this.#speech = { samples, at: 0, from: 0 }
  }

  async hangUp(): Promise<void> {
    if (!this.#ended) this.#call?.bye()
    this.#end()
    await sleep(200)
    if (this.#call !== null) this.#sip.forget(this.#call)
    this.#socket.close()
  }

  #end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #hear(bytes: Buffer): void {
    const rtp = rtpOf(bytes)
    if (rtp === null || rtp.type !== 0) return
    const now = monotonicMs()
    this.#base ??= { timestamp: rtp.timestamp, at: now }
    const sample = (rtp.timestamp - this.#base.timestamp) | 0
    if (sample < 0 || sample + rtp.audio.length > MOST_SAMPLES) return
    const audio = expand('ulaw', rtp.audio)
    if (audio.some(s => Math.abs(s) >= LOUD)) this.#loudAt = now
    this.#heard = grown(this.#heard, sample + audio.length)
    this.#heard.set(audio, sample)
  }

  #arm(): void {
    const due = this.#began + (this.#ticks + 1) * FRAME_MS
    this.#timer = setTimeout(() => this.#run(), Math.max(0, due - monotonicMs()))
  }

  #run(): void {
    while (!this.#ended && this.#began + (this.#ticks + 1) * FRAME_MS <= monotonicMs()) this.#tick()
    if (!this.#ended) this.#arm()
  }

  /** The 20 ms that are over now: played, recorded by the microphone and sent. */
  #tick(): void {
    const at = this.#ticks * FRAME
    const began = this.#began + this.#ticks * FRAME_MS
    this.#ticks++
    this.#play(at, began)
    const frame = new Int16Array(FRAME)
    this.#speak(frame, began)
    for (let i = 0; i < FRAME; i++) {
      const echo = Math.round((this.#played[at + i - this.#delay] ?? 0) * this.#gain)
      frame[i] = Math.max(-32_768, Math.min(32_767, (frame[i] ?? 0) + echo))
    }
    const packet = Buffer.from(this.#packet)
    packet.writeUInt16BE(this.#ticks & 0xffff, 2)
    packet.writeUInt32BE(at >>> 0, 4)
    packet.set(compress('ulaw', frame), HEADER)
    this.#socket.send(packet, this.agentPort, '127.0.0.1')
  }

  #play(at: number, began: number): void {
    if (this.#base === null || at + FRAME > MOST_SAMPLES) return
    this.#played = grown(this.#played, at + FRAME)
    const from = Math.round((began - this.#base.at - BUFFER_MS) * PER_MS)
    for (let i = 0; i < FRAME; i++) this.#played[at + i] = this.#heard[from + i] ?? 0
  }

  #speak(frame: Int16Array, began: number): void {
    const speech = this.#speech
    if (speech === null) return
    const piece = speech.samples.subarray(speech.at, speech.at + FRAME)
    frame.set(piece)
    if (speech.from === 0) {
      const first = piece.findIndex(s => Math.abs(s) >= LOUD)
      if (first >= 0) speech.from = began + first / PER_MS
    }
    speech.at += FRAME
    if (speech.at < speech.samples.length) return
    this.says.push({ from: speech.from, to: began + piece.length / PER_MS })
    this.#speech = null
  }
}

function grown(samples: Int16Array, length: number): Int16Array {
  if (length <= samples.length) return samples
  const larger = new Int16Array(Math.max(length, samples.length * 2))
  larger.set(samples)
  return larger
}
