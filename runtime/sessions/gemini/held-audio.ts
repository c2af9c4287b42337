/** Sound of the caller that waits for a turn to be told: some from before the sound began, and all since. */
import type { Ms } from '#runtime/media/format.ts'

const BYTES_PER_MS = 8
/** More than a turn waits for the call machine's word; the newest is what matters then. */
const MOST_MS = 10_000

export class HeldAudio {
  readonly #ring = new Uint8Array(MOST_MS * BYTES_PER_MS)
  readonly #before: number
  #at = 0
  #held = 0

  /** @param beforeMs kept of what came before a sound */
  constructor(beforeMs: Ms) {
    this.#before = Math.min(MOST_MS, beforeMs) * BYTES_PER_MS
  }

  /** @param sounding what is held is wanted from its beginning; otherwise only the last of it */
  push(frame: Uint8Array, sounding: boolean): void {
    for (let i = 0; i < frame.length; i++) {
      this.#ring[this.#at] = frame[i]!
      this.#at = (this.#at + 1) % this.#ring.length
    }
    this.#held = Math.min(this.#ring.length, this.#held + frame.length)
    if (!sounding) this.#held = Math.min(this.#held, this.#before)
  }

  /** All that is held, oldest first. */
  take(): Uint8Array {
    const out = new Uint8Array(this.#held)
    const from = this.#at - this.#held + this.#ring.length
    for (let i = 0; i < out.length; i++) out[i] = this.#ring[(from + i) % this.#ring.length]!
    this.#held = 0
    return out
  }
}
