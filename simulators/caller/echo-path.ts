/** A loudspeaker that the microphone hears: what comes out of it is in what the caller sends, later and quieter. */
import type { Ms } from '#runtime/media/format.ts'
import { type Recording, SAMPLES_PER_MS } from './recording.ts'

export interface EchoOptions {
  /** Below 0: −10 is a loud speakerphone, −30 a good one. */
  readonly db: number
  /** From ear to microphone and back onto the line. At least 20: a packet of speech is sent when it is over. */
  readonly delayMs: Ms
}

/** The delays and levels that echo is tried at. */
export const ECHO_LEVELS = [-10, -20, -30] as const
export const ECHO_DELAYS = [30, 150, 400] as const

export class EchoPath {
  readonly #gain: number
  readonly #delay: number
  #heard = new Int16Array(0)

  constructor(options: EchoOptions) {
    this.#gain = 10 ** (options.db / 20)
    this.#delay = Math.round(options.delayMs * SAMPLES_PER_MS)
  }

  /** Adds to `frame`, which is said from sample `at` on, what was heard of the agent `delayMs` before. */
  mix(recording: Recording, at: number, frame: Int16Array): void {
    if (this.#heard.length !== frame.length) this.#heard = new Int16Array(frame.length)
    recording.read('agent', at - this.#delay, this.#heard)
    for (let i = 0; i < frame.length; i++) {
      const sum = (frame[i] ?? 0) + Math.round((this.#heard[i] ?? 0) * this.#gain)
      frame[i] = Math.max(-32_768, Math.min(32_767, sum))
    }
  }
}
