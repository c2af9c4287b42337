/** How far ahead of the caller's ear audio is sent. Pure: the clock is an argument. */
import type { Ms } from '#runtime/media/format.ts'

/**
 * A carrier plays from a buffer without a bound, so whatever lies in it is heard before a caller who interrupts has silence. It must hold enough
 * for the hiccups of a network, and no more: to pause, we simply stop sending.
 */
export const LEAD_MS: Ms = 100
/** A group of frames goes in one message with a mark behind it. */
export const GROUP_MS: Ms = 40
/** Of the way there and back, before it was measured. */
const FIRST_ROUND_TRIP_MS: Ms = 150
/** Of what may be in flight, beyond lead and round trip: a group, and marks that come late. */
const SLACK_MS: Ms = 60

export class Lead {
  /** When what was sent will have been heard, if the carrier began to play at once. */
  #until: Ms = 0
  #roundTripMs: Ms = FIRST_ROUND_TRIP_MS
  #measured = false
  #probe: { readonly mark: number; readonly at: Ms; readonly ms: Ms } | null = null

  get roundTripMs(): Ms {
    return this.#roundTripMs
  }

  /**
   * How much may be sent now. Not more than the lead, by our clock; and not more than can be under way, by the marks that came back: a carrier that
   * was cut off for a second and then gets all at once must not have it all in its buffer.
   */
  room(now: Ms, inFlightMs: Ms): Ms {
    const ahead = Math.max(0, this.#until - now)
    return Math.min(LEAD_MS - ahead, LEAD_MS + this.#roundTripMs + SLACK_MS - inFlightMs)
  }

  /** So much was sent with a mark behind it. */
  sent(now: Ms, ms: Ms, mark: number): void {
    const dry = this.#until <= now
    this.#until = Math.max(this.#until, now) + ms
    // only what the carrier plays at once tells of the way there and back
    if (dry) this.#probe = { mark, at: now, ms }
  }

  marked(now: Ms, mark: number): void {
    const probe = this.#probe
    if (probe === null || mark < probe.mark) return
    this.#probe = null
    if (mark !== probe.mark) return
    const took = Math.max(0, now - probe.at - probe.ms)
    // the quickest there was, forgotten slowly
    this.#roundTripMs = this.#measured ? Math.min(took, this.#roundTripMs + (took - this.#roundTripMs) / 8) : took
    this.#measured = true
  }

  /** The carrier's buffer was dropped, or has run empty. */
  cleared(): void {
    this.#until = 0
    this.#probe = null
  }
}
