import type { Law } from './format.ts'
import { decoderOf, encoderOf, silenceOf } from './g711.ts'

const FRAME = 160
/** Repetition fades to nothing over this many samples (60 ms): longer, and a lost vowel becomes a buzz. */
const FADE = 480

/** Fills what was lost: the last 20 ms again, fading out, then silence. */
export class Concealment {
  readonly #decode: Int16Array
  readonly #encode: Uint8Array
  readonly #silence: number
  readonly #history: Uint8Array
  #at = 0
  #position = 0

  constructor(law: Law) {
    this.#decode = decoderOf(law)
    this.#encode = encoderOf(law)
    this.#silence = silenceOf(law)
    this.#history = new Uint8Array(FRAME).fill(this.#silence)
  }

  /** `n` real samples went by. */
  heard(audio: Uint8Array, start: number, n: number): void {
    this.#position = 0
    if (n === FRAME && start === 0 && audio.length === FRAME) {
      this.#history.set(audio)
      this.#at = 0
      return
    }
    for (let i = 0; i < n; i++) {
      this.#history[this.#at] = audio[start + i]!
      this.#at = this.#at === FRAME - 1 ? 0 : this.#at + 1
    }
  }

  /** The next concealed sample. */
  next(): number {
    if (this.#position >= FADE) return this.#silence
    const index = (this.#at + (this.#position % FRAME)) % FRAME
    const sample = this.#decode[this.#history[index]!]! * (1 - this.#position / FADE)
    this.#position++
    return this.#encode[sample & 0xffff]!
  }

  reset(): void {
    this.#history.fill(this.#silence)
    this.#position = 0
  }
}
