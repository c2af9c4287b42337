import { FRAME_4K } from './echo-history.ts'

/** Taps of the echo's filter at 4 kHz (6 ms), and how many of them lie before the best delay. */
const TAPS = 24
const BEFORE = 8
/** Longest delay looked for, in samples at 4 kHz: 725 ms, a mobile's and a jitter buffer's together. */
export const MAX_DELAY = 2900
/** A known delay is tried first, and this far around it (4 ms): buffers adapt. */
const DRIFT = 16
/** And so many frames beside it: at the moment of judging, one direction may be a frame or two ahead of the other. */
const SHIFTS = [0, -1, 1, -2, 2] as const
/** Match (0..1, squared correlation) from which a known delay needs no search. */
const GOOD = 0.5
/** From here on the delay is worth remembering: a room smears what a single delay can match. */
const LIKELY = 0.3
/** Echo is never louder than this share of what was sent (−3 dB): an equally loud likeness is somebody else's voice. */
const MAX_GAIN = 0.7

/** Which frames of what was received are looked at; each weighs one over its energy, so that quiet ones count as much as loud ones. */
export interface Frames {
  /** Index of each frame's first sample in `received`. */
  readonly starts: Int32Array
  readonly weights: Float64Array
  count: number
}

/** Finds how what was sent comes back: the delay by correlation, then a short filter by least squares. */
export class EchoPath {
  readonly taps = new Float64Array(TAPS)
  #delay: number | null = null
  /** The delay that the taps belong to. */
  #at = 0
  #powers = new Float64Array(0)
  readonly #matrix = new Float64Array(TAPS * TAPS)
  readonly #vector = new Float64Array(TAPS)

  /** The delay found, in samples at 4 kHz; null: none yet. */
  get delay(): number | null {
    return this.#delay
  }

  /**
   * Fits the path to these frames of `received`; both end now, `sent` is longer by the longest delay. `search`: look through all delays if the known one does not fit.
   * Returns how well the best delay matches, 0..1.
   */
  fit(sent: Float32Array, received: Float32Array, frames: Frames, search: boolean): number {
    this.#sum(sent)
    const offset = sent.length - received.length
    let delay = this.#delay ?? 0
    let match = -1
    const look = (from: number, to: number, step: number): void => {
      for (let d = Math.max(0, from); d <= Math.min(MAX_DELAY, to); d += step) {
        const m = this.#match(sent, received, frames, offset - d, step)
        if (m > match) {
          match = m
          delay = d
        }
      }
    }
    const known = this.#delay
    for (const shift of known === null ? [] : SHIFTS) {
      if (match >= GOOD) break
      const near = (known ?? 0) + shift * FRAME_4K
      look(near - DRIFT, near + DRIFT, 1)
    }
    if (match < GOOD && search) {
      const [before, delayBefore] = [match, delay]
      match = -1
      look(0, MAX_DELAY, 2)
      look(delay - 3, delay + 3, 1)
      if (before > match) {
        match = before
        delay = delayBefore
      }
    }
    this.#solve(sent, received, frames, offset - delay)
    if (match >= LIKELY) this.#delay = delay
    this.#at = delay
    return match
  }

  /** Energy that is left of one frame of `received` when the echo is taken away. */
  residual(sent: Float32Array, received: Float32Array, start: number): number {
    const shift = sent.length - received.length - this.#at + BEFORE
    let left = 0
    for (let i = start; i < start + FRAME_4K; i++) {
      let echo = 0
      for (let k = 0; k < TAPS; k++) echo += this.taps[k]! * sent[i + shift - k]!
      left += (received[i]! - echo) ** 2
    }
    return left
  }

  /** Squared normalised correlation; every `step`-th sample is looked at. */
  #match(sent: Float32Array, received: Float32Array, frames: Frames, shift: number, step: number): number {
    let cross = 0
    let power = 0
    for (let f = 0; f < frames.count; f++) {
      const start = frames.starts[f]!
      let sum = 0
      for (let i = start; i < start + FRAME_4K; i += step) sum += received[i]! * sent[i + shift]!
      const weight = frames.weights[f]!
      cross += weight * sum
      power += weight * (this.#powers[start + shift + FRAME_4K]! - this.#powers[start + shift]!)
    }
    // Each frame's own energy times its weight is 1, so `frames.count` is the energy of what was received.
    return power > 0 ? (cross * cross * step * step) / (power * frames.count) : 0
  }

  #solve(sent: Float32Array, received: Float32Array, frames: Frames, shift: number): void {
    const a = this.#matrix.fill(0)
    const b = this.#vector.fill(0)
    const from = shift + BEFORE
    let power = 0
    for (let f = 0; f < frames.count; f++) {
      const start = frames.starts[f]!
      const weight = frames.weights[f]!
      for (let j = 0; j < TAPS; j++) {
        for (let k = 0; k <= j; k++) {
          let sum = 0
          for (let i = start + from; i < start + from + FRAME_4K; i++) sum += sent[i - j]! * sent[i - k]!
          a[j * TAPS + k]! += weight * sum
        }
        let sum = 0
        for (let i = 0; i < FRAME_4K; i++) sum += received[start + i]! * sent[start + from + i - j]!
        b[j]! += weight * sum
      }
    }
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

  #sum(sent: Float32Array): void {
    if (this.#powers.length !== sent.length + 1) this.#powers = new Float64Array(sent.length + 1)
    for (let i = 0; i < sent.length; i++) this.#powers[i + 1] = this.#powers[i]! + sent[i]! * sent[i]!
  }
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
