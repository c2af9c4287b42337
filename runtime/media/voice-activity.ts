/** Whether the caller makes a sound, by level alone: for a provider that does not say, or that is to be told. */
import type { Law, Ms } from './format.ts'
import { squaresOf } from './g711.ts'

const FRAME_MS = 20
/** Mean squares of 16-bit samples: −48 dBFS, and 9 dB over the line's noise. */
const LEAST = 17_000
const OVER_NOISE = 8
/** Sound that has begun goes on down to 6 dB below. */
const HYSTERESIS = 4
/** The noise floor follows down at once and up by 15 % a second. */
const NOISE_RISE = 1.003
/** 60 ms of sound within 80 ms: a click is nothing. */
const ONSET_FRAMES = 4
const ONSET_LOUD = 3

export class VoiceActivity {
  readonly #squares: Float64Array
  readonly #silenceFrames: number
  #noise = Infinity
  /** One bit a frame, newest lowest. */
  #recent = 0
  #quiet = 0
  #speaking = false

  /** @param silenceMs quiet that ends a stretch of speech */
  constructor(law: Law, silenceMs: Ms) {
    this.#squares = squaresOf(law)
    this.#silenceFrames = Math.max(1, Math.round(silenceMs / FRAME_MS))
  }

  get speaking(): boolean {
    return this.#speaking
  }

  /** A frame of 20 ms. What began or ended with it; null: nothing. */
  push(frame: Uint8Array): 'started' | 'stopped' | null {
    let sum = 0
    const squares = this.#squares
    for (let i = 0; i < frame.length; i++) sum += squares[frame[i]!]!
    const energy = frame.length === 0 ? 0 : sum / frame.length
    const threshold = Math.max(LEAST, OVER_NOISE * Math.min(this.#noise, energy))
    this.#noise = Math.max(1, Math.min(energy, this.#noise * NOISE_RISE))
    const loud = energy >= (this.#speaking ? threshold / HYSTERESIS : threshold)
    if (this.#speaking) {
      this.#quiet = loud ? 0 : this.#quiet + 1
      if (this.#quiet < this.#silenceFrames) return null
      this.reset()
      return 'stopped'
    }
    this.#recent = ((this.#recent << 1) | (loud ? 1 : 0)) & ((1 << ONSET_FRAMES) - 1)
    let count = 0
    for (let bits = this.#recent; bits > 0; bits &= bits - 1) count++
    if (count < ONSET_LOUD) return null
    this.#speaking = true
    this.#quiet = 0
    return 'started'
  }

  /** Somebody else has ended the stretch; sound that goes on begins another. */
  reset(): void {
    this.#speaking = false
    this.#recent = 0
    this.#quiet = 0
  }
}
