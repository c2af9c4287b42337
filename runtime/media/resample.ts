/**
 * The two rates that a phone does not have: 8 → 16 kHz and 24 → 8 kHz, as streams. Linear-phase FIR filters (a sinc under a Kaiser window) whose
 * cut-off is half the phone's rate, so that every second, or third, tap is nothing: what was made from 8 kHz comes back to 8 kHz as it was.
 * State is carried over the borders of frames; `flush` gives what the filter still holds, 1.5 ms.
 */

/** Of the window: −70 dB outside of the pass band. */
const BETA = 7
/** Samples at 8 kHz on each side of the one that is made. */
const REACH = 12
const UP = 2
const DOWN = 3
const MOST = 32_767

/** Modified Bessel function of the first kind, order zero. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

/** Half of a filter for `ratio` times 8 kHz: taps 0 … REACH × ratio of a symmetric one, whose sum is 1. */
function taps(ratio: number): Float64Array {
  const reach = REACH * ratio
  const half = Float64Array.from({ length: reach + 1 }, (_, k) => {
    const x = (Math.PI * k) / ratio
    const sinc = k === 0 ? 1 : Math.sin(x) / x
    return (sinc * bessel(BETA * Math.sqrt(1 - (k / reach) ** 2))) / bessel(BETA)
  })
  const sum = half.reduce((s, tap, k) => s + (k === 0 ? tap : 2 * tap), 0)
  return half.map(tap => tap / sum)
}

const clip = (x: number): number => (x > MOST ? MOST : x < -MOST - 1 ? -MOST - 1 : Math.round(x))

/** Odd taps of the filter at 16 kHz, twice: the gain of putting a zero between two samples is given back. */
const BETWEEN = taps(UP)
  .filter((_, k) => k % UP === 1)
  .map(tap => tap * UP)

/** 8 kHz in, 16 kHz out: two samples for each, REACH samples late. */
export class Upsampler {
  readonly #work = new Float64Array(2 * REACH + 1024)

  /** @param out at least twice as long as `samples`, which are at most 1024 at a time */
  push(samples: Int16Array, out: Int16Array): number {
    const work = this.#work
    const count = samples.length
    work.set(samples, 2 * REACH)
    for (let n = 0; n < count; n++) {
      let sum = 0
      for (let k = 0; k < REACH; k++) sum += BETWEEN[k]! * (work[n + REACH - k]! + work[n + REACH + 1 + k]!)
      out[UP * n] = work[n + REACH]!
      out[UP * n + 1] = clip(sum)
    }
    work.copyWithin(0, count, count + 2 * REACH)
    return UP * count
  }
}

const ALL_TAPS = taps(DOWN)
/** Of three taps the first is nothing. */
const FIRST = ALL_TAPS.filter((_, k) => k % DOWN === 1)
const SECOND = ALL_TAPS.filter((_, k) => k % DOWN === 2)
const MIDDLE = ALL_TAPS[0]!
const LATE = REACH * DOWN
const CHUNK = 2400

/** 24 kHz in, 8 kHz out: the sample made is of the third that lies in the middle of the filter. */
export class Downsampler {
  readonly #work = new Float64Array(2 * LATE + CHUNK + DOWN)
  /** Samples in `#work`: the filter's past, and what was not enough for another one out. */
  #held = LATE

  /** The most that comes out of so many. */
  static most(count: number): number {
    return Math.ceil((count + 2 * LATE) / DOWN)
  }

  /** @returns samples written to `out` */
  push(samples: Int16Array, out: Int16Array): number {
    let written = 0
    for (let at = 0; at < samples.length; at += CHUNK)
      written += this.#chunk(samples.subarray(at, at + CHUNK), out, written)
    return written
  }

  /** The stream is over: what is still in the filter. The next sample begins another stream. */
  flush(out: Int16Array): number {
    const written = this.#chunk(new Int16Array(LATE), out, 0)
    this.#work.fill(0)
    this.#held = LATE
    return written
  }

  #chunk(samples: Int16Array, out: Int16Array, from: number): number {
    const work = this.#work
    work.set(samples, this.#held)
    const end = this.#held + samples.length
    let to = from
    let middle = LATE
    for (; middle + LATE < end; middle += DOWN) {
      let sum = MIDDLE * work[middle]!
      for (let k = 0, below = middle - 1, above = middle + 1; k < REACH; k++, below -= DOWN, above += DOWN)
        sum += FIRST[k]! * (work[below]! + work[above]!) + SECOND[k]! * (work[below - 1]! + work[above + 1]!)
      out[to++] = clip(sum)
    }
    work.copyWithin(0, middle - LATE, end)
    this.#held = end - (middle - LATE)
    return to - from
  }
}
