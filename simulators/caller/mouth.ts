/** What the caller says: clips one after another, keys between them, silence else; one RTP packet per 20 ms. */
import type { Law, Ms } from '#runtime/media/format.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '#runtime/rtp/header.ts'
import { sequenceAdd, timestampAdd } from '#runtime/rtp/sequence.ts'
import { EVENT_BYTES } from '#runtime/rtp/telephone-event.ts'
import { type DigitOptions, TelephoneEventSender } from '#runtime/rtp/telephone-event-sender.ts'
import { compress, expand } from '#simulators/speech/g711.ts'
import { onsetOf } from './activity.ts'
import { SAMPLES_PER_MS } from './recording.ts'

export const FRAME_MS: Ms = 20
export const FRAME_SAMPLES = FRAME_MS * SAMPLES_PER_MS
const MAX_QUEUED = 64

/** Audio under a name. */
export interface Speech {
  readonly what: string
  /** 8 kHz. */
  readonly samples: Int16Array
}

export interface MouthCodec {
  readonly law: Law
  readonly payloadType: number
  readonly eventPayloadType: number | null
}

export interface MouthListener {
  /** `sample` of the call at which it begins, and at which it can first be heard. */
  onSay(what: string, sample: number, onset: number): void
  onSaid(what: string, from: number, to: number): void
  onKey(digit: string, sample: number): void
}

interface Saying extends Speech {
  position: number
  from: number
}

export class Mouth {
  readonly #listener: MouthListener
  readonly #keys = new TelephoneEventSender()
  readonly #waitingKeys: string[] = []
  readonly #queue: Saying[] = []
  readonly #frame = new Int16Array(FRAME_SAMPLES)
  readonly #packet = new Uint8Array(RTP_HEADER_BYTES + FRAME_SAMPLES)
  #codec: MouthCodec
  #ssrc: number
  #sequence: number
  #timestamp: number
  #marker = true

  constructor(codec: MouthCodec, random: () => number, listener: MouthListener) {
    this.#codec = codec
    this.#listener = listener
    this.#ssrc = Math.floor(random() * 2 ** 32)
    this.#sequence = Math.floor(random() * 2 ** 16)
    this.#timestamp = Math.floor(random() * 2 ** 32)
  }

  get busy(): boolean {
    return this.#queue.length > 0 || this.#keys.active
  }

  get canKey(): boolean {
    return this.#codec.eventPayloadType !== null
  }

  setCodec(codec: MouthCodec): void {
    this.#codec = codec
  }

  /** False: too much waits. */
  say(speech: Speech): boolean {
    if (this.#queue.length >= MAX_QUEUED) return false
    this.#queue.push({ ...speech, position: 0, from: -1 })
    return true
  }

  /** False: not keys, too many, or the other side takes none. */
  press(digits: string, options?: DigitOptions): boolean {
    if (!this.canKey || !this.#keys.queue(digits, SAMPLES_PER_MS, options)) return false
    this.#waitingKeys.push(...digits.toUpperCase().split(''))
    return true
  }

  /** Falls silent in mid-word. */
  hush(): void {
    this.#queue.length = 0
  }

  /**
   * The packet of the 20 ms that begin at `sample`, valid until the next call. `mix` adds to what is said; `record` gets what is sent.
   * `muted`: time goes by and nothing is said.
   */
  next(
    sample: number,
    mix: (frame: Int16Array) => void,
    record: (frame: Int16Array) => void,
    muted = false,
  ): Uint8Array | null {
    const clock = this.#timestamp
    this.#timestamp = timestampAdd(clock, FRAME_SAMPLES)
    if (muted) {
      this.#marker = true
      return null
    }
    const event = this.#codec.eventPayloadType
    if (event !== null && this.#keys.active) {
      const what = this.#keys.step(this.#packet, RTP_HEADER_BYTES, clock, FRAME_SAMPLES)
      if (what === 'begin') this.#listener.onKey(this.#waitingKeys.shift() ?? '?', sample)
      if (what !== 'pause') {
        this.#marker = true
        return this.#finish(event, what === 'begin', this.#keys.timestamp, EVENT_BYTES)
      }
      this.#frame.fill(0)
    } else this.#speak(sample)
    mix(this.#frame)
    const law = this.#codec.law === 'PCMU' ? 'ulaw' : 'alaw'
    const bytes = compress(law, this.#frame)
    record(expand(law, bytes))
    this.#packet.set(bytes, RTP_HEADER_BYTES)
    const marker = this.#marker
    this.#marker = false
    return this.#finish(this.#codec.payloadType, marker, clock, FRAME_SAMPLES)
  }

  #speak(sample: number): void {
    this.#frame.fill(0)
    let filled = 0
    for (let now = this.#queue[0]; now !== undefined && filled < FRAME_SAMPLES; now = this.#queue[0]) {
      if (now.from < 0) {
        now.from = sample + filled
        this.#listener.onSay(now.what, now.from, now.from + (onsetOf(now.samples) ?? 0))
      }
      const piece = now.samples.subarray(now.position, now.position + FRAME_SAMPLES - filled)
      this.#frame.set(piece, filled)
      filled += piece.length
      now.position += piece.length
      if (now.position < now.samples.length) return
      this.#queue.shift()
      this.#listener.onSaid(now.what, now.from, sample + filled)
    }
  }

  #finish(payloadType: number, marker: boolean, timestamp: number, payload: number): Uint8Array {
    writeRtpHeader(this.#packet, payloadType, marker, this.#sequence, timestamp, this.#ssrc)
    this.#sequence = sequenceAdd(this.#sequence, 1)
    return this.#packet.subarray(0, RTP_HEADER_BYTES + payload)
  }
}
