import { chipsOf, FRAME_SAMPLES, read, SYNC, SYNC_CHIPS } from './code.ts'

/** One frame found in a recording. */
export interface Mark {
  /** Index of the frame's first sample in the recording. */
  readonly sampleIndex: number
  readonly item: number
  readonly frame: number
}

/** Mean level below which nothing is looked for: −30 dB of the quietest frame is 70. */
const FLOOR = 16
/**
 * How much of the energy must agree with the sync word, then with the whole frame. Clean audio: near 1; chance: below 0.6 of 40 chips.
 * Where a cut frame runs into other audio, the three copies of a bit are of different frames: what their majority says may well fit the
 * checksum, and two thirds of the samples agree with it because it was made of them. Hence so much for the frame.
 */
const SYNC_SHARE = 0.7
const FRAME_SHARE = 0.95
/** So little of a frame may be missing when other audio follows: the next may begin this much before it would be over. */
const OVERLAP_SAMPLES = 24

/** Share of the energy from `at` that agrees with `chips`, −1 … 1. */
function agreement(samples: Int16Array, at: number, chips: Int8Array): number {
  let agree = 0
  let total = 0
  for (let i = 0; i < chips.length; i++) {
    const x = samples[at + i] ?? 0
    agree += x * (chips[i] ?? 0)
    total += Math.abs(x)
  }
  return total < FLOOR * chips.length ? 0 : agree / total
}

/**
 * Finds every watermark frame in 8 kHz audio, at any alignment, in order. A frame that was cut is listed when at least two thirds of it
 * are there and silence follows, or nearly all of it and anything; `heardOf` finds its last sample.
 */
export function decode(samples: Int16Array): Mark[] {
  const marks: Mark[] = []
  let level = 0
  for (let i = 0; i < SYNC_CHIPS; i++) level += Math.abs(samples[i] ?? 0)
  let n = 0
  while (n + FRAME_SAMPLES <= samples.length) {
    if (level >= FLOOR * SYNC_CHIPS && agreement(samples, n, SYNC) >= SYNC_SHARE) {
      const found = read(samples, n)
      if (found !== null && agreement(samples, n, chipsOf(found.item, found.frame)) >= FRAME_SHARE) {
        marks.push({ sampleIndex: n, ...found })
        n += FRAME_SAMPLES - OVERLAP_SAMPLES
        level = 0
        for (let i = 0; i < SYNC_CHIPS; i++) level += Math.abs(samples[n + i] ?? 0)
        continue
      }
    }
    level += Math.abs(samples[n + SYNC_CHIPS] ?? 0) - Math.abs(samples[n] ?? 0)
    n++
  }
  return marks
}
