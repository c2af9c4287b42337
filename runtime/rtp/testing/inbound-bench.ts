import { writeRtpHeader } from '../header.ts'
import { Inbound } from '../inbound.ts'
import type { InboundCodec } from '../inbound-port.ts'

const CODEC: InboundCodec = {
  audio: [
    { payloadType: 0, law: 'PCMU' },
    { payloadType: 8, law: 'PCMA' },
  ],
  eventPayloadType: 101,
}
export interface Frame {
  readonly at: number
  readonly audio: Uint8Array
}

/** A leg that is listened to: sends packets, runs the clock, keeps what came out. */
export class Bench {
  readonly frames: Frame[] = []
  readonly digits: [string, number, number][] = []
  readonly inbound: Inbound
  ssrc = 7
  firstSequence = 65_500
  firstTimestamp = 0xffff_f000
  #clock: number
  #ticked = 0

  constructor(law: 'PCMU' | 'PCMA' = 'PCMU', startAt: number | null = 0) {
    this.inbound = new Inbound({
      law,
      codec: CODEC,
      listener: {
        onFrame: (frame, at) => this.frames.push({ at, audio: frame.slice() }),
        onDigit: (digit, ms, at) => this.digits.push([digit, ms, at]),
      },
    })
    this.#clock = startAt ?? 0
    this.#ticked = this.#clock
    if (startAt !== null) this.inbound.start(startAt)
  }

  /** Ticks every 5 ms until `to`. */
  until(to: number): void {
    for (; this.#ticked <= to; this.#ticked += 5) this.inbound.tick(this.#ticked)
    this.#clock = to
  }

  /** No tick comes until `to`. */
  stall(to: number): void {
    this.#ticked = to
    this.#clock = to
  }

  /** The k-th packet of the stream; every sample of it is k + 1, unless `value` says otherwise. */
  packet(
    k: number,
    at = this.#clock,
    options: { samples?: number; pt?: number; value?: number; sequence?: number; timestamp?: number } = {},
  ): boolean {
    const samples = options.samples ?? 160
    const bytes = new Uint8Array(12 + samples).fill(options.value ?? (k + 1) & 0x7f)
    writeRtpHeader(
      bytes,
      options.pt ?? 0,
      false,
      options.sequence ?? this.firstSequence + k,
      options.timestamp ?? this.firstTimestamp + k * samples,
      this.ssrc,
    )
    return this.inbound.packet(bytes, bytes.length, at)
  }

  key(sequence: number, timestamp: number, event: number, duration: number, end: boolean): void {
    const bytes = new Uint8Array(16)
    writeRtpHeader(bytes, 101, false, this.firstSequence + sequence, this.firstTimestamp + timestamp, this.ssrc)
    bytes.set([event, end ? 0x8a : 0x0a, duration >> 8, duration & 0xff], 12)
    this.inbound.packet(bytes, 16, this.#clock)
  }

  /** The value of each frame that is of one value only, −1 for others; silence as 255. */
  get values(): number[] {
    return this.frames.map(f => (f.audio.every(b => b === f.audio[0]) ? f.audio[0]! : -1))
  }
}
