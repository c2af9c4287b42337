import { correlate, type Frames, LANES } from './correlation.ts'
import { type Both, DelaySums, MAX_DELAY, STEP } from './delay-sums.ts'
import { FRAME_4K } from './echo-history.ts'

/** Taps of the echo's filter at 4 kHz (6 ms), and how many of them lie before the best delay. */
const TAPS = 24
const BEFORE = 8
/** A known delay is tried first, and this far around it (4 ms): buffers adapt. */
const DRIFT = 16
/** And so many frames beside it: at the moment of judging, one direction may be a frame or two ahead of the other. */
const SHIFTS = [0, -1, 1, -2, 2] as const
/** So many of the likeliest delays of a coarse search. */
const CLOSELY = 8
/** Match (0..1, squared correlation) from which a settled delay needs no search, and from which any does. */
const GOOD = 0.5
const CERTAIN = 0.9
/** A path that was sure over so many frames (160 ms) is settled: on fewer, sound that repeats itself fits at wrong delays too. */
const SETTLED_FRAMES = 8
/** From here on the delay is worth remembering: a room smears what a single delay can match. */
const LIKELY = 0.3
/** Echo is never louder than this share of what was sent (−3 dB): an equally loud likeness is somebody else's voice. */
const MAX_GAIN = 0.7

/**
 * A network's jitter moves the echo by whole frames in the middle of a word: what is filled in for late packets comes on top, and is left out
 * again in the next pause. A path that was sure is tried this many frames to either side.
 */
const MOVES = [0, -1, 1, -2, 2, -3, 3, -4, 4] as const

/** Scratch of whoever is fitting: one call at a time. */
const lanes = new Float64Array(LANES)
/** Matches of every second delay. */
const coarse = new Float64Array(MAX_DELAY / STEP + 1)
let powers = new Float64Array(0)

/** Finds how what was sent comes back: the delay by correlation, then a short filter by least squares. */
export class EchoPath {
  readonly taps = new Float64Array(TAPS)
  /** The last path that was sure, and its delay. */
  readonly #sure = new Float64Array(TAPS)
  #sureAt: number | null = null
  /** Where it was found last, in frames. */
  #moved = 0
  #delay: number | null = null
  #settledAt: number | null = null
  /** The delay that the taps belong to. */
  #at = 0
  readonly #even = new DelaySums(0)
  readonly #odd = new DelaySums(1)
  readonly #matrix = new Float64Array(TAPS * TAPS)
  readonly #vector = new Float64Array(TAPS)

  /** The delay found, in samples at 4 kHz; null: none yet. */
  get delay(): number | null {
    return this.#delay
  }

  /**
   * Fits the path to these frames of what was received. `search`: look through all delays if the last one does not fit.
   * Returns how well the best delay matches, 0..1.
   */
  fit(both: Both, frames: Frames, search: boolean): number {
    const { sent, received } = both
    if (sumPowers(sent) < sent.length) {
      this.taps.fill(0)
      return 0
    }
    const offset = sent.length - received.length
    let delay = this.#at
    let match = -1
    const offer = (candidate: number, m: number): void => {
      if (m <= match) return
      match = m
      delay = candidate
    }
    const look = (from: number, to: number): void => {
      const last = Math.min(MAX_DELAY, to)
      for (let d = Math.max(0, from); d <= last; d += LANES) {
        correlate(sent, received, frames, offset - d, 1, lanes)
        for (let lane = 0; lane < LANES && d + lane <= last; lane++)
          offer(d + lane, matchOf(lanes[lane]!, frames, offset - d - lane))
      }
    }
    /** Every second delay, and the best of them closely: between two that were looked at a sharp match may hide. */
    const lookThrough = (sums: Float64Array, first: 0 | 1): void => {
      coarse.fill(0)
      for (let d = first, i = 0; d <= MAX_DELAY; d += STEP, i++) {
        coarse[i] = matchOf(sums[i]! * STEP, frames, offset - d)
        offer(d, coarse[i]!)
      }
      for (let i = 0; i < CLOSELY; i++) {
        const best = highest(coarse)
        look(best * STEP - 1, best * STEP + 1)
        coarse.fill(0, Math.max(0, best - 1), best + 2)
      }
    }
    if (this.#delay !== null || !search) {
      const near = delay
      for (const shift of SHIFTS) {
        if (match >= this.#enough(delay)) break
        look(near + shift * FRAME_4K - DRIFT, near + shift * FRAME_4K + DRIFT)
      }
    }
    if (match < this.#enough(delay) && search) {
      const [before, delayBefore] = [match, delay]
      match = -1
      lookThrough(this.#even.of(both, frames), 0)
      // Every second sample makes a sharp match at an odd delay a poor one at its neighbours.
      if (match < CERTAIN) lookThrough(this.#odd.of(both, frames), 1)
      if (before > match) {
        match = before
        delay = delayBefore
      }
    }
    this.#solve(sent, received, frames, offset - delay + BEFORE)
    if (match >= LIKELY) this.#delay = delay
    this.#at = delay
    return match
  }

  /** How well a delay must match to be taken without looking at all others. */
  #enough(delay: number): number {
    return this.#settledAt !== null && Math.abs(delay - this.#settledAt) <= DRIFT ? GOOD : CERTAIN
  }

  /** What the latest fit found was echo without a doubt, over so many frames. */
  trust(frames: number): void {
    this.#sure.set(this.taps)
    this.#sureAt = this.#at
    this.#moved = 0
    if (frames >= SETTLED_FRAMES) this.#settledAt = this.#at
  }

  /** Energy that is left of one frame of `received` when the echo by the latest fit is taken away. */
  residual(sent: Float32Array, received: Float32Array, start: number): number {
    return residualOf(sent, received, start, this.taps, this.#at)
  }

  /**
   * The same by the path that was sure, wherever jitter has moved it: a fit over both sides of such a move explains neither. Looks no further
   * when no more than `enough` is left; Infinity: no path was ever sure.
   */
  residualMoved(sent: Float32Array, received: Float32Array, start: number, enough: number): number {
    if (this.#sureAt === null) return Infinity
    let least = this.#residualAt(sent, received, start, this.#moved)
    for (let i = 0; i < MOVES.length && least > enough; i++) {
      const left = this.#residualAt(sent, received, start, MOVES[i]!)
      if (left <= enough) this.#moved = MOVES[i]!
      least = Math.min(least, left)
    }
    return least
  }

  #residualAt(sent: Float32Array, received: Float32Array, start: number, move: number): number {
    const delay = (this.#sureAt ?? 0) + move * FRAME_4K
    if (delay < 0 || delay > MAX_DELAY) return Infinity
    return residualOf(sent, received, start, this.#sure, delay)
  }

  /** `from`: how far ahead of `received` the first tap looks in `sent`. */
  #solve(sent: Float32Array, received: Float32Array, frames: Frames, from: number): void {
    const a = this.#matrix
    const b = this.#vector
    const ahead = sent.subarray(from)
    for (let j = 0; j < TAPS; j += LANES) {
      correlate(sent, received, frames, from - j, 1, lanes)
      b.set(lanes, j)
      correlate(sent, ahead, frames, from - j, 1, lanes)
      for (let lane = 0; lane < LANES; lane++) a[(j + lane) * TAPS] = lanes[lane]!
    }
    // Each entry is its upper left neighbour but for the window's ends.
    for (let j = 1; j < TAPS; j++) {
      for (let k = 1; k <= j; k++) {
        let sum = a[(j - 1) * TAPS + k - 1]!
        for (let f = 0; f < frames.count; f++) {
          const first = frames.starts[f]! + from
          const last = first + FRAME_4K
          sum += frames.weights[f]! * (sent[first - j]! * sent[first - k]! - sent[last - j]! * sent[last - k]!)
        }
        a[j * TAPS + k] = sum
      }
    }
    let power = 0
    for (let j = 0; j < TAPS; j++) power += a[j * TAPS + j]!
    this.taps.fill(0)
    if (power <= 0) return
    for (let j = 0; j < TAPS; j++) a[j * TAPS + j]! += (0.02 * power) / TAPS
    cholesky(a, b, this.taps)
    let gain = 0
    for (const tap of this.taps) gain += tap * tap
    gain = Math.sqrt(gain)
    if (gain > MAX_GAIN) for (let j = 0; j < TAPS; j++) this.taps[j]! *= MAX_GAIN / gain
  }
}

/** Energy that is left of one frame of `received` when what `taps` make of what was sent `delay` ago is taken away. */
function residualOf(
  sent: Float32Array,
  received: Float32Array,
  start: number,
  taps: Float64Array,
  delay: number,
): number {
  const shift = sent.length - received.length - delay + BEFORE
  let left = 0
  // four samples at a time: each one loaded of `sent` serves them all
  for (let i = start; i < start + FRAME_4K; i += 4) {
    const at = i + shift
    let e0 = 0
    let e1 = 0
    let e2 = 0
    let e3 = 0
    let s3 = sent[at + 3]!
    let s2 = sent[at + 2]!
    let s1 = sent[at + 1]!
    for (let k = 0; k < TAPS; k++) {
      const tap = taps[k]!
      const s0 = sent[at - k]!
      e0 += tap * s0
      e1 += tap * s1
      e2 += tap * s2
      e3 += tap * s3
      s3 = s2
      s2 = s1
      s1 = s0
    }
    e0 -= received[i]!
    e1 -= received[i + 1]!
    e2 -= received[i + 2]!
    e3 -= received[i + 3]!
    left += e0 * e0
    left += e1 * e1
    left += e2 * e2
    left += e3 * e3
  }
  return left
}

/** Squared normalised correlation of the frames with what was sent `shift` samples away. */
function matchOf(cross: number, frames: Frames, shift: number): number {
  let power = 0
  for (let f = 0; f < frames.count; f++) {
    const first = frames.starts[f]! + shift
    power += frames.weights[f]! * (powers[first + FRAME_4K]! - powers[first]!)
  }
  // Each frame's own energy times its weight is 1, so `frames.count` is the energy of what was received.
  return power > 0 ? (cross * cross) / (power * frames.count) : 0
}

function highest(matches: Float64Array): number {
  let best = 0
  for (let i = 1; i < matches.length; i++) if (matches[i]! > matches[best]!) best = i
  return best
}

/** powers[i]: energy of all samples before i. Returns that of all. */
function sumPowers(sent: Float32Array): number {
  if (powers.length !== sent.length + 1) powers = new Float64Array(sent.length + 1)
  let sum = 0
  for (let i = 0; i < sent.length; i++) {
    sum += sent[i]! * sent[i]!
    powers[i + 1] = sum
  }
  return sum
}

/** Solves a·x = b for a symmetric positive definite `a` of which the lower half is given; `a` and `b` are used up. */
function cholesky(a: Float64Array, b: Float64Array, x: Float64Array): void {
  const n = b.length
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!
      a[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / a[j * n + j]!
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i]!
    for (let k = 0; k < i; k++) sum -= a[i * n + k]! * b[k]!
    b[i] = sum / a[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!
    for (let k = i + 1; k < n; k++) sum -= a[k * n + i]! * x[k]!
    x[i] = sum / a[i * n + i]!
  }
}
