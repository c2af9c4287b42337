import type { Law } from './format.ts'
import { encoderOf, silenceOf } from './g711.ts'

/** Louder noise than this is not comfort: a peer does not get to fill our ears by asking (−dBov, RFC 3389 §3). */
const LOUDEST = 45
/** Quieter than this is silence in G.711. */
const QUIETEST = 75

/** What a pause sounds like: silence, or, when the peer said how loud its background is (RFC 3389), a low noise of that level. */
export class ComfortNoise {
  readonly #encode: Uint8Array
  readonly #silence: number
  #amplitude = 0
  #state = 0x2545f491

  constructor(law: Law) {
    this.#encode = encoderOf(law)
    this.#silence = silenceOf(law)
  }

  /** The first byte of a CN payload: 0..127, −dBov. Spectral information that may follow is ignored. */
  setLevel(level: number): void {
    const quiet = Math.max(LOUDEST, level & 0x7f)
    // Uniform noise in ±a has an effective value of a/√3.
    this.#amplitude = quiet > QUIETEST ? 0 : Math.round(32_768 * 10 ** (-quiet / 20) * Math.sqrt(3))
  }

  setSilent(): void {
    this.#amplitude = 0
  }

  /** One sample in the law. */
  next(): number {
    if (this.#amplitude === 0) return this.#silence
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0
    return this.#encode[Math.trunc((this.#state / 0x8000_0000) * this.#amplitude) & 0xffff]!
  }
}
