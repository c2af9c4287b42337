import type { Law } from './format.ts'
import { decoderOf } from './g711.ts'

/** Samples per 20 ms frame at 8 kHz, and at the 4 kHz at which echo is looked for. */
export const FRAME = 160
export const FRAME_4K = 80
/** Zeros behind the narrow signal: a filter may look a little ahead of now. */
export const PADDING = 16

/**
 * Low pass at 1.8 kHz (windowed sinc) after a pre-emphasis of 0.9: speech is flattened, so that a match is sharp, and what aliases is out.
 */
const FILTER: Float64Array = lowPassOf(15, 1800 / 8000)

/** The last seconds of one direction as wire bytes: keeping them costs a copy, and they are decoded only when somebody asks. */
export class EchoHistory {
  readonly #ring: Uint8Array
  readonly #decode: Int16Array
  readonly #linear: Float32Array
  readonly #narrow: Float32Array
  #at = 0

  /** @param samples kept, at 8 kHz; a multiple of 160. */
  constructor(law: Law, samples: number) {
    this.#decode = decoderOf(law)
    this.#ring = new Uint8Array(samples).fill(law === 'PCMU' ? 0xff : 0xd5)
    this.#linear = new Float32Array(samples + FILTER.length)
    this.#narrow = new Float32Array(samples / 2 + PADDING)
  }

  push(audio: Uint8Array): void {
    const ring = this.#ring
    let at = this.#at
    for (let i = 0; i < audio.length; i++) {
      ring[at] = audio[i]!
      at = at + 1 === ring.length ? 0 : at + 1
    }
    this.#at = at
  }

  /** All of it, oldest first, flattened and at 4 kHz, {@link PADDING} behind it. The same array each time. */
  narrow(): Float32Array {
    const { length } = this.#ring
    const linear = this.#linear
    let before = 0
    for (let i = 0, from = this.#at; i < length; i++) {
      const sample = this.#decode[this.#ring[from]!]!
      linear[FILTER.length + i] = sample - 0.9 * before
      before = sample
      from = from + 1 === length ? 0 : from + 1
    }
    const narrow = this.#narrow
    for (let n = 0; n < narrow.length - PADDING; n++) {
      let sum = 0
      for (let k = 0; k < FILTER.length; k++) sum += FILTER[k]! * linear[FILTER.length + 2 * n + 1 - k]!
      narrow[n] = sum
    }
    return narrow
  }
}

/** A Hann-windowed sinc of unit gain at zero; `cutoff` as a share of the sampling rate. */
function lowPassOf(taps: number, cutoff: number): Float64Array {
  const middle = (taps - 1) / 2
  const filter = Float64Array.from({ length: taps }, (_, i) => {
    const x = 2 * Math.PI * cutoff * (i - middle)
    return (x === 0 ? 1 : Math.sin(x) / x) * (0.5 + 0.5 * Math.cos((Math.PI * (i - middle)) / (middle + 1)))
  })
  const sum = filter.reduce((a, b) => a + b, 0)
  return filter.map(v => v / sum)
}
