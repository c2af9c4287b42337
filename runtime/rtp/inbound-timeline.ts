import { ComfortNoise } from '#runtime/media/comfort-noise.ts'
import { Concealment } from '#runtime/media/concealment.ts'
import type { Law, Ms } from '#runtime/media/format.ts'
import { decoderOf } from '#runtime/media/g711.ts'
import type { InboundFigures } from './inbound-port.ts'

const FRAME = 160
const SAMPLES_PER_MS = 8
/** More than this ahead of our clock, a quiet frame is left out; twice that and more, any is: the peer's clock or a flood must not win. */
const AHEAD_MS = 100
const FAR_AHEAD_MS = 400
/** Mean magnitude below which a frame is quiet: about −50 dBFS. */
const QUIET = 100

/**
 * Writes audio to the model, sample by sample into one reused frame, and keeps where that audio stands on our clock (`head`): each 20 ms
 * frame moves it by 20 ms. On a clean line `head` follows the arriving packets; what is not there is filled.
 */
export class InboundTimeline implements InboundFigures {
  readonly noise: ComfortNoise
  readonly #onFrame: (frame: Uint8Array, at: Ms) => void
  readonly #decode: Int16Array
  readonly #concealment: Concealment
  readonly #frame = new Uint8Array(FRAME)
  #filled = 0
  #head: Ms = 0
  frames = 0
  trimmed = 0
  concealedMs: Ms = 0
  filledMs: Ms = 0
  skippedMs: Ms = 0

  constructor(law: Law, onFrame: (frame: Uint8Array, at: Ms) => void) {
    this.#onFrame = onFrame
    this.#decode = decoderOf(law)
    this.#concealment = new Concealment(law)
    this.noise = new ComfortNoise(law)
  }

  /** Our clock's time of the next sample to be written. */
  get head(): Ms {
    return this.#head
  }

  /** Samples missing to the end of the frame in work. */
  get missing(): number {
    return FRAME - this.#filled
  }

  start(now: Ms): void {
    this.#head = now
  }

  /** Gives up `ms` of time: no audio is made for it. */
  skip(ms: Ms): void {
    this.#head += ms
    this.skippedMs += ms
  }

  /** Real audio, converted by the table. */
  write(audio: Uint8Array, start: number, end: number, convert: Uint8Array, now: Ms): void {
    if (this.#head - now > FAR_AHEAD_MS) return
    const frame = this.#frame
    for (let at = start; at < end; ) {
      const from = this.#filled
      const n = Math.min(FRAME - from, end - at)
      for (let i = 0; i < n; i++) frame[from + i] = convert[audio[at + i]!]!
      this.#concealment.heard(frame, from, n)
      at += n
      this.#moved(n, now)
    }
  }

  /** `n` samples that were lost. */
  conceal(n: number, now: Ms): void {
    this.concealedMs += n / SAMPLES_PER_MS
    for (let i = 0; i < n; i++) {
      this.#frame[this.#filled] = this.#concealment.next()
      this.#moved(1, now)
    }
  }

  /** `n` samples in which the peer said nothing. */
  quiet(n: number, now: Ms): void {
    this.filledMs += n / SAMPLES_PER_MS
    for (let i = 0; i < n; i++) {
      this.#frame[this.#filled] = this.noise.next()
      this.#moved(1, now)
    }
  }

  /** Nothing of what was heard may be repeated any more. */
  forget(): void {
    this.#concealment.reset()
  }

  #moved(samples: number, now: Ms): void {
    this.#filled += samples
    this.#head += samples / SAMPLES_PER_MS
    if (this.#filled < FRAME) return
    this.#filled = 0
    if (this.#head - now > AHEAD_MS && this.#isQuiet()) {
      this.#head -= FRAME / SAMPLES_PER_MS
      this.trimmed++
      return
    }
    this.frames++
    this.#onFrame(this.#frame, now)
  }

  #isQuiet(): boolean {
    let sum = 0
    for (let i = 0; i < FRAME; i++) sum += Math.abs(this.#decode[this.#frame[i]!]!)
    return sum < QUIET * FRAME
  }
}
