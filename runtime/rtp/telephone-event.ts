import type { Ms } from '#runtime/media/format.ts'
import { timestampDelta } from './sequence.ts'

/**
 * Keys as named events, RFC 4733 §2.3:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |     event     |E|R| volume    |          duration             |
 * ```
 */
export const EVENT_BYTES = 4
/** Keys by event code 0..15 (RFC 4733 §3.2). */
export const KEYS = '0123456789*#ABCD'

/** A key whose end was lost is over when nothing more came for this long: longer than the usual 50 ms between updates, thrice. */
const LOST_END_MS = 150
/** A timestamp this far back is no repeat but a restarted clock. */
const RESTART_SAMPLES = 80_000

/** Turns telephone-event packets into keys: each press once, whatever is lost, repeated or late. */
export class TelephoneEventReceiver {
  readonly #samplesPerMs: number
  readonly #onDigit: (digit: string, ms: Ms, at: Ms) => void
  #active = false
  #event = 0
  #timestamp = 0
  /** Samples of earlier segments of a press too long for 16 bits (§2.5.1.3). */
  #before = 0
  #duration = 0
  #seenAt: Ms = 0
  #any = false

  /** @param clockHz of the telephone-event payload type, which is that of the audio beside it. */
  constructor(onDigit: (digit: string, ms: Ms, at: Ms) => void, clockHz = 8000) {
    this.#onDigit = onDigit
    this.#samplesPerMs = clockHz / 1000
  }

  /** A key is down now. */
  get active(): boolean {
    return this.#active
  }

  packet(timestamp: number, marker: boolean, buf: Uint8Array, start: number, end: number, now: Ms): void {
    if (end - start < EVENT_BYTES) return
    const event = buf[start]!
    if (event > 15) return
    const ended = (buf[start + 1]! & 0x80) !== 0
    const duration = (buf[start + 2]! << 8) | buf[start + 3]!
    const delta = timestampDelta(timestamp, this.#timestamp)
    if (this.#any && delta <= 0 && delta > -RESTART_SAMPLES) {
      // The press that is on or over, or one before it: repeats say nothing new.
      if (!this.#active || delta !== 0) return
    } else if (this.#active && !marker && event === this.#event && delta === 0xffff) {
      this.#before += 0xffff
      this.#duration = 0
      this.#timestamp = timestamp
    } else {
      this.#finish(now)
      this.#active = true
      this.#any = true
      this.#event = event
      this.#timestamp = timestamp
      this.#before = 0
      this.#duration = 0
    }
    this.#seenAt = now
    if (duration > this.#duration) this.#duration = duration
    if (ended) this.#finish(now)
  }

  /** Ends a press whose end packets were all lost. */
  tick(now: Ms): void {
    if (this.#active && now - this.#seenAt >= LOST_END_MS) this.#finish(now)
  }

  /** The source began anew: timestamps no longer compare. */
  reset(now: Ms): void {
    this.#finish(now)
    this.#any = false
  }

  #finish(now: Ms): void {
    if (!this.#active) return
    this.#active = false
    this.#onDigit(KEYS[this.#event]!, Math.round((this.#before + this.#duration) / this.#samplesPerMs), now)
  }
}
