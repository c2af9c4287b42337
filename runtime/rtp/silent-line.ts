import type { Ms } from '#runtime/media/format.ts'

/** Notices that no packets come at all: not silence in the audio, but silence on the wire. Told again each time the silence has doubled. */
export class SilentLine {
  readonly #afterMs: Ms
  #since: Ms
  #tellAt: Ms
  #silent = false

  constructor(afterMs: Ms, now: Ms) {
    this.#afterMs = afterMs
    this.#since = now
    this.#tellAt = now + afterMs
  }

  /** A packet came; true when it ends a silence that was told. */
  packet(now: Ms): boolean {
    const ended = this.#silent
    this.#silent = false
    this.#since = now
    this.#tellAt = now + this.#afterMs
    return ended
  }

  /** The silence to tell of now, in ms; null: none. While `expected` is false (hold) the wait begins anew. */
  check(now: Ms, expected: boolean): Ms | null {
    if (!expected) {
      this.#since = now
      this.#tellAt = now + this.#afterMs
      return null
    }
    if (now < this.#tellAt) return null
    const forMs = now - this.#since
    this.#silent = true
    this.#tellAt = now + forMs
    return forMs
  }
}
