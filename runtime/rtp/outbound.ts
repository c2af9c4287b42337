import type { Law, Ms } from '#runtime/media/format.ts'
import { converterOf, silenceOf } from '#runtime/media/g711.ts'
import type { Playout } from '#runtime/media/playout-port.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from './header.ts'
import { timestampAdd } from './sequence.ts'
import { EVENT_BYTES } from './telephone-event.ts'
import { type DigitOptions, TelephoneEventSender } from './telephone-event-sender.ts'

export const FRAME_MS = 20
const SAMPLES_PER_MS = 8
/** Behind by this many ticks, the clock is moved on: late audio would be later for the rest of the call. */
const STALL_TICKS = 3

export const PACKET_TIMES: readonly Ms[] = [10, 20, 30, 40, 60]

/** What the negotiation settled for the way out; may change in mid-call. */
export interface OutboundCodec {
  readonly payloadType: number
  readonly law: Law
  /** The peer's `a=ptime`, one of {@link PACKET_TIMES}; anything else is taken as 20. */
  readonly ptimeMs?: Ms
  /** Payload type of telephone-event/8000; null: the peer takes none. */
  readonly eventPayloadType?: number | null
}

export interface OutboundOptions {
  /** Law of the playout's audio: the session's. */
  readonly law: Law
  readonly codec: OutboundCodec
  /** Random, so that packets cannot be guessed (RFC 3550 §5.1): 32, 16 and 32 bits. */
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
}

/** `audio`: the playout. `silence`: packets of silence, the playout waits. `off`: no packets, the clock runs on, the playout waits. */
export type OutboundMode = 'audio' | 'silence' | 'off'

/**
 * The packetiser of one leg. Each 20 ms: `tick(now)`, then `fill` until it returns 0 (a packet time of 10 ms makes two packets per tick,
 * one of 60 ms a packet every third). Audio is taken from the playout when its packet is written, never before.
 */
export class Outbound {
  readonly ssrc: number
  readonly #law: Law
  readonly #events = new TelephoneEventSender()
  #codec: OutboundCodec
  #convert: Uint8Array
  /** Scratch of all legs: it holds the frame of whoever wrote a packet last. */
  #frame: Uint8Array
  #mode: OutboundMode = 'audio'
  #sequence: number
  #timestamp: number
  #marker = true
  #creditMs = 0
  #firstTickAt: Ms | null = null
  #lastTickAt: Ms = 0
  #ticks = 0
  #packets = 0
  #octets = 0

  constructor(options: OutboundOptions) {
    this.ssrc = options.ssrc >>> 0
    this.#law = options.law
    this.#sequence = options.sequence & 0xffff
    this.#timestamp = options.timestamp >>> 0
    this.#codec = options.codec
    this.#convert = converterOf(options.law, options.codec.law)
    this.#frame = scratchOf(this.#samples)
  }

  /** Packets and payload octets sent, for the sender report (RFC 3550 §6.4.1). */
  get packets(): number {
    return this.#packets
  }
  get octets(): number {
    return this.#octets
  }
  get mode(): OutboundMode {
    return this.#mode
  }
  /** Keys are being sent. */
  get sendingDigits(): boolean {
    return this.#events.active
  }
  /** The session-law audio of the packet written last (silence for a key), until any leg writes the next: what the echo judge wants to know. */
  get lastAudio(): Uint8Array {
    return this.#frame
  }

  setCodec(codec: OutboundCodec): void {
    this.#codec = codec
    this.#convert = converterOf(this.#law, codec.law)
    this.#frame = scratchOf(this.#samples)
  }

  setMode(mode: OutboundMode): void {
    this.#mode = mode
  }

  /** Queues keys; audio waits until they are sent. False: the peer takes none, a character is no key, or too many wait. */
  sendDigits(digits: string, options?: DigitOptions): boolean {
    if (this.#codec.eventPayloadType === null || this.#codec.eventPayloadType === undefined) return false
    return this.#events.queue(digits, SAMPLES_PER_MS, options)
  }

  /** 20 ms have passed. After a stall the timestamps jump ahead by what was missed, as after a pause; nothing is sent twice as fast. */
  tick(now: Ms): void {
    this.#firstTickAt ??= now
    this.#lastTickAt = now
    const missed = Math.floor((now - this.#firstTickAt) / FRAME_MS) - this.#ticks
    if (missed >= STALL_TICKS) {
      this.#ticks += missed
      this.#timestamp = timestampAdd(this.#timestamp, missed * FRAME_MS * SAMPLES_PER_MS)
      this.#marker = true
    }
    this.#ticks++
    this.#creditMs += FRAME_MS
  }

  /** Writes the next packet that is due into `out` (at least 12 + 480 bytes) and returns its length; 0: none is due. */
  fill(now: Ms, source: Playout | null, out: Uint8Array): number {
    const ptime = this.#ptime
    while (this.#creditMs >= ptime) {
      this.#creditMs -= ptime
      if (this.#mode !== 'off') return this.#packet(now, source, out)
      this.#timestamp = timestampAdd(this.#timestamp, this.#samples)
      this.#marker = true
    }
    return 0
  }

  /** The RTP timestamp that belongs to `now`, for the sender report. */
  timestampAt(now: Ms): number {
    return timestampAdd(this.#timestamp, Math.round((now - this.#lastTickAt) * SAMPLES_PER_MS))
  }

  #packet(now: Ms, source: Playout | null, out: Uint8Array): number {
    const samples = this.#samples
    const clock = this.#timestamp
    this.#timestamp = timestampAdd(clock, samples)
    const eventType = this.#codec.eventPayloadType ?? null
    if (eventType !== null && this.#events.active) {
      const what = this.#events.step(out, RTP_HEADER_BYTES, clock, samples)
      this.#frame.fill(silenceOf(this.#law))
      if (what !== 'pause') {
        this.#marker = true
        return this.#send(out, eventType, what === 'begin', this.#events.timestamp, EVENT_BYTES)
      }
    } else if (this.#mode === 'audio' && source) {
      source.tick(now, this.#frame)
    } else this.#frame.fill(silenceOf(this.#law))
    const frame = this.#frame
    const convert = this.#convert
    for (let i = 0; i < samples; i++) out[RTP_HEADER_BYTES + i] = convert[frame[i]!]!
    const marker = this.#marker
    this.#marker = false
    return this.#send(out, this.#codec.payloadType, marker, clock, samples)
  }

  #send(out: Uint8Array, payloadType: number, marker: boolean, timestamp: number, octets: number): number {
    writeRtpHeader(out, payloadType, marker, this.#sequence, timestamp, this.ssrc)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#packets = (this.#packets + 1) >>> 0
    this.#octets = (this.#octets + octets) >>> 0
    return RTP_HEADER_BYTES + octets
  }

  get #ptime(): Ms {
    const asked = this.#codec.ptimeMs ?? FRAME_MS
    return PACKET_TIMES.includes(asked) ? asked : FRAME_MS
  }

  get #samples(): number {
    return this.#ptime * SAMPLES_PER_MS
  }
}

const scratches = new Map<number, Uint8Array>()

function scratchOf(samples: number): Uint8Array {
  let scratch = scratches.get(samples)
  if (!scratch) {
    scratch = new Uint8Array(samples)
    scratches.set(samples, scratch)
  }
  return scratch
}
