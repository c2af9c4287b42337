import type { Law } from './format.ts'
import { decoderOf, silenceOf } from './g711.ts'

/** Samples per 20 ms frame at 8 kHz, and at the 4 kHz at which echo is looked for. */
export const FRAME = 160
export const FRAME_4K = 80
/** A filter may look so much ahead of now, in samples at 4 kHz. */
export const AHEAD = 16

/**
 * Low pass at 1.1 kHz (windowed sinc, little left from 1.8 kHz on) after a pre-emphasis of 0.9: speech is flattened, so that a match is sharp,
 * and not so sharp that a search of every second delay misses it; what would fold back is out, for it folds otherwise at each delay.
 */
const FILTER: Float64Array = lowPassOf(23, 1100 / 8000)

const MIDDLE = (FILTER.length - 1) / 2

/** Scratch of whoever is decoding: one call at a time. */
let linear = new Float32Array(0)

/** The last seconds of one direction as wire bytes: keeping them costs a copy, and they are decoded only when somebody asks. */
export class EchoHistory {
  readonly #ring: Uint8Array
  readonly #silence: number
  readonly #padding: number
  readonly #decode: Int16Array
  /** Made when first asked for: most calls never are. */
  #narrow: Float32Array | null = null
  #at = 0
  /** Samples that came since the narrow signal was made; Infinity: it was not. */
  #fresh = Infinity

  /**
   * @param samples kept, at 8 kHz; a multiple of 160
   * @param padding zeros behind the narrow signal: what may be asked for beyond now
   */
  constructor(law: Law, samples: number, padding = AHEAD) {
    this.#padding = padding
    this.#decode = decoderOf(law)
    this.#silence = silenceOf(law)
    this.#ring = new Uint8Array(samples).fill(this.#silence)
  }

  push(audio: Uint8Array): void {
    const ring = this.#ring
    this.#fresh += audio.length
    if (this.#at + audio.length <= ring.length) {
      ring.set(audio, this.#at)
      this.#at = (this.#at + audio.length) % ring.length
      return
    }
    for (let i = 0; i < audio.length; i++) {
      ring[this.#at] = audio[i]!
      this.#at = (this.#at + 1) % ring.length
    }
  }

  /** So many samples of silence. */
  pass(samples: number): void {
    this.#fresh += samples
    const ring = this.#ring
    const count = Math.min(samples, ring.length)
    const end = this.#at + count
    ring.fill(this.#silence, this.#at, Math.min(end, ring.length))
    if (end > ring.length) ring.fill(this.#silence, 0, end - ring.length)
    this.#at = end % ring.length
  }

  /** All of it, oldest first, flattened and at 4 kHz, the padding behind it. The same array each time. */
  narrow(): Float32Array {
    const { length } = this.#ring
    this.#narrow ??= new Float32Array(length / 2 + this.#padding)
    // half a sample cannot be moved by
    const fresh = this.#fresh % 2 === 0 ? Math.min(this.#fresh, length) : length
    this.#fresh = 0
    const narrow = this.#narrow
    const end = narrow.length - this.#padding
    narrow.copyWithin(0, fresh / 2, end)
    this.#flatten(fresh)
    // the filter is symmetric: samples at the same distance from its middle share a tap
    for (let n = end - fresh / 2, middle = FILTER.length + 1 - MIDDLE; n < end; n++, middle += 2) {
      let sum = FILTER[MIDDLE]! * linear[middle]!
      for (let k = 1; k <= MIDDLE; k++) sum += FILTER[MIDDLE - k]! * (linear[middle - k]! + linear[middle + k]!)
      narrow[n] = sum
    }
    return narrow
  }

  /** The newest `samples` with pre-emphasis into the scratch, behind as many older ones as the filter wants. */
  #flatten(samples: number): void {
    const ring = this.#ring
    const decode = this.#decode
    const count = samples + FILTER.length
    if (linear.length < count) linear = new Float32Array(count)
    // what came before the beginning is taken for silence
    const known = Math.min(count, ring.length - 1)
    linear.fill(0, 0, count - known)
    let from = (this.#at - known - 1 + 2 * ring.length) % ring.length
    let before = decode[ring[from]!]!
    for (let i = count - known; i < count; i++) {
      from = from + 1 === ring.length ? 0 : from + 1
      const sample = decode[ring[from]!]!
      linear[i] = sample - 0.9 * before
      before = sample
    }
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
