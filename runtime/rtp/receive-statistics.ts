import type { Ms } from '#runtime/media/format.ts'
import { sequenceDelta, timestampDelta } from './sequence.ts'

/** What a report block says of one source (RFC 3550 §6.4.1). */
export interface ReceptionReport {
  /** 0..255: lost share of the packets expected since the last report, times 256. */
  fractionLost: number
  /** Since the beginning; negative with duplicates. */
  cumulativeLost: number
  extendedHighest: number
  /** Timestamp units. */
  jitter: number
}

/** Counts of one source, RFC 3550 A.3 (loss) and A.8 (interarrival jitter). */
export class ReceiveStatistics {
  readonly #clockHz: number
  #base = 0
  #newest = 0
  #cycles = 0
  #received = 0
  #expectedBefore = 0
  #receivedBefore = 0
  #timed = false
  #lastTimestamp = 0
  #lastArrival: Ms = 0
  #jitter = 0

  constructor(clockHz = 8000) {
    this.#clockHz = clockHz
  }

  /** A stream begins with this sequence number: everything is counted afresh. Its first packet is then received as any other. */
  start(sequence: number): void {
    this.#base = sequence
    this.#newest = sequence
    this.#cycles = 0
    this.#received = 0
    this.#expectedBefore = 0
    this.#receivedBefore = 0
    this.#timed = false
    this.#jitter = 0
  }

  /** @param timed false for packets whose timestamp is not their sampling time (telephone events). */
  receive(sequence: number, timestamp: number, arrival: Ms, timed: boolean): void {
    this.#received++
    if (sequenceDelta(sequence, this.#newest) > 0) {
      if (sequence < this.#newest) this.#cycles += 0x1_0000
      this.#newest = sequence
    }
    if (!timed) return
    if (this.#timed) {
      const sent = timestampDelta(timestamp, this.#lastTimestamp)
      const difference = Math.abs(((arrival - this.#lastArrival) * this.#clockHz) / 1000 - sent)
      // A jump of the timestamp is no jitter.
      if (difference < this.#clockHz * 2) this.#jitter += (difference - this.#jitter) / 16
    }
    this.#timed = true
    this.#lastTimestamp = timestamp
    this.#lastArrival = arrival
  }

  get received(): number {
    return this.#received
  }

  get expected(): number {
    return this.#received === 0 ? 0 : this.#cycles + this.#newest - this.#base + 1
  }

  /** Share 0..1 lost since the stream began. */
  get lossFraction(): number {
    const expected = this.expected
    return expected > 0 ? Math.max(0, expected - this.#received) / expected : 0
  }

  get jitterMs(): Ms {
    return (this.#jitter * 1000) / this.#clockHz
  }

  /** The report block for the interval since the last call. */
  report(): ReceptionReport {
    const expected = this.expected
    const interval = expected - this.#expectedBefore
    const lost = interval - (this.#received - this.#receivedBefore)
    this.#expectedBefore = expected
    this.#receivedBefore = this.#received
    return {
      fractionLost: interval > 0 && lost > 0 ? Math.min(255, Math.floor((lost * 256) / interval)) : 0,
      cumulativeLost: expected - this.#received,
      extendedHighest: (this.#cycles + this.#newest) >>> 0,
      jitter: Math.floor(this.#jitter),
    }
  }
}
