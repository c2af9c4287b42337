import { FRAME_4K } from './echo-history.ts'

/** Which frames of what was received are looked at; each weighs one over its energy, so that quiet ones count as much as loud ones. */
export interface Frames {
  /** Index of each frame's first sample in `received`. */
  readonly starts: Int32Array
  readonly weights: Float64Array
  /** Of each, counted since the call began. */
  readonly numbers: Int32Array
  count: number
}

/** Shifts that are looked at together: a sample that was loaded once serves them all, which makes the search four times faster. */
export const LANES = 4

/**
 * Weighted sum over the frames of received[i] · sent[i + shift - lane · step], for {@link LANES} lanes, of every `step`-th sample (1 or 2).
 * `sums` takes one value per lane.
 */
export function correlate(
  sent: Float32Array,
  received: Float32Array,
  frames: Frames,
  shift: number,
  step: number,
  sums: Float64Array,
): void {
  let sum0 = 0
  let sum1 = 0
  let sum2 = 0
  let sum3 = 0
  const two = 2 * step
  const three = 3 * step
  for (let f = 0; f < frames.count; f++) {
    const start = frames.starts[f]!
    const weight = frames.weights[f]!
    let c0 = 0
    let c1 = 0
    let c2 = 0
    let c3 = 0
    // d0 is the newest sample of `sent`, for lane 0; the others keep those before it. Four turns bring each name back to its place.
    let d3 = sent[start + shift - three]!
    let d2 = sent[start + shift - two]!
    let d1 = sent[start + shift - step]!
    for (let i = start; i < start + FRAME_4K; i += LANES * step) {
      const at = i + shift
      const d0 = sent[at]!
      let r = received[i]!
      c0 += r * d0
      c1 += r * d1
      c2 += r * d2
      c3 += r * d3
      d3 = sent[at + step]!
      r = received[i + step]!
      c0 += r * d3
      c1 += r * d0
      c2 += r * d1
      c3 += r * d2
      d2 = sent[at + two]!
      r = received[i + two]!
      c0 += r * d2
      c1 += r * d3
      c2 += r * d0
      c3 += r * d1
      d1 = sent[at + three]!
      r = received[i + three]!
      c0 += r * d1
      c1 += r * d2
      c2 += r * d3
      c3 += r * d0
    }
    sum0 += weight * c0
    sum1 += weight * c1
    sum2 += weight * c2
    sum3 += weight * c3
  }
  sums[0] = sum0
  sums[1] = sum1
  sums[2] = sum2
  sums[3] = sum3
}
