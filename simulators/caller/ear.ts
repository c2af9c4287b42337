/**
 * Takes the agent's RTP and puts it into the recording where it is heard: a phone without a jitter buffer, whose clock follows the
 * quickest packets. What is lost stays silent: nothing is invented. An ear of its own, beside the product's, for it judges the product.
 */
import type { Law, Ms } from '#runtime/media/format.ts'
import { newRtpHeader, parseRtp } from '#runtime/rtp/header.ts'
import { timestampDelta } from '#runtime/rtp/sequence.ts'
import { TelephoneEventReceiver } from '#runtime/rtp/telephone-event.ts'
import { expand } from '#simulators/speech/g711.ts'
import { type Recording, SAMPLES_PER_MS } from './recording.ts'

export interface EarOptions {
  readonly recording: Recording
  readonly onDigit: (digit: string, ms: Ms, at: Ms) => void
}

export interface EarCodec {
  readonly payloadType: number
  readonly law: Law
  readonly eventPayloadType: number | null
}

/** Earlier than its place by more than this: the line has become quicker, and its clock is set. */
const EARLY_SAMPLES = 2.5 * SAMPLES_PER_MS
/** Off by more than this: a clock set anew, or a stream that paused. */
const JUMP_SAMPLES = 200 * SAMPLES_PER_MS
/** Nothing came this quickly for so long: the line has become slower. */
const DRIFT_MS = 2000
const DRIFT_SAMPLES = 10 * SAMPLES_PER_MS

export class Ear {
  readonly #o: EarOptions
  readonly #keys: TelephoneEventReceiver
  readonly #header = newRtpHeader()
  #codec: EarCodec
  #ssrc: number | null = null
  #baseTimestamp = 0
  #base = 0
  #leastLate = Number.POSITIVE_INFINITY
  #leastSince: Ms = 0
  #packets = 0
  #clockSets = 0

  constructor(codec: EarCodec, options: EarOptions) {
    this.#codec = codec
    this.#o = options
    this.#keys = new TelephoneEventReceiver(options.onDigit)
  }

  get packets(): number {
    return this.#packets
  }

  /** How often the stream's place was moved after its first packet. */
  get clockSets(): number {
    return this.#clockSets
  }

  setCodec(codec: EarCodec): void {
    this.#codec = codec
  }

  tick(now: Ms): void {
    this.#keys.tick(now)
  }

  packet(bytes: Uint8Array, now: Ms): void {
    const header = this.#header
    if (!parseRtp(bytes, bytes.length, header)) return
    const { payloadType, payloadStart, payloadEnd, timestamp, ssrc, marker } = header
    if (payloadType === this.#codec.eventPayloadType) {
      this.#keys.packet(timestamp, marker, bytes, payloadStart, payloadEnd, now)
      return
    }
    const law = payloadType === this.#codec.payloadType ? this.#codec.law : STATIC[payloadType]
    if (law === undefined || payloadEnd === payloadStart) return
    this.#packets++
    const samples = expand(law === 'PCMU' ? 'ulaw' : 'alaw', bytes.subarray(payloadStart, payloadEnd))
    this.#o.recording.write('agent', this.#place(ssrc, timestamp, now), samples)
  }

  #place(ssrc: number, timestamp: number, now: Ms): number {
    const arrived = this.#o.recording.sampleAt(now)
    const place = this.#base + timestampDelta(timestamp, this.#baseTimestamp)
    const late = arrived - place
    if (ssrc !== this.#ssrc || Math.abs(late) > JUMP_SAMPLES) return this.#set(ssrc, timestamp, arrived, now)
    if (late < -EARLY_SAMPLES) return this.#set(ssrc, timestamp, arrived, now)
    this.#leastLate = Math.min(this.#leastLate, late)
    if (now - this.#leastSince < DRIFT_MS) return place
    const slower = this.#leastLate > DRIFT_SAMPLES ? this.#leastLate : 0
    this.#leastLate = Number.POSITIVE_INFINITY
    this.#leastSince = now
    return slower === 0 ? place : this.#set(ssrc, timestamp, place + slower, now)
  }

  #set(ssrc: number, timestamp: number, at: number, now: Ms): number {
    if (this.#ssrc !== null) this.#clockSets++
    this.#ssrc = ssrc
    this.#baseTimestamp = timestamp
    this.#base = at
    this.#leastLate = Number.POSITIVE_INFINITY
    this.#leastSince = now
    return at
  }
}

/** RFC 3551: understood whatever was negotiated. */
const STATIC: Readonly<Record<number, Law>> = { 0: 'PCMU', 8: 'PCMA' }
