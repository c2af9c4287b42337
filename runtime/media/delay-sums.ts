import { correlate, type Frames, LANES } from './correlation.ts'
import { FRAME_4K } from './echo-history.ts'

/** Longest delay looked for, in samples at 4 kHz: 725 ms, a mobile's and a jitter buffer's together. */
export const MAX_DELAY = 2900
export const STEP = 2
/**
 * Up to here, 40 ms, a delay is summed anew each time: `received` may be so far ahead of what is known of `sent`. A sound further back is known already
 * when the frame comes.
 */
const NEAR = 2 * FRAME_4K
/** Every second delay, and what the last lanes overshoot. */
const SUMS = MAX_DELAY / STEP + 1 + LANES

/** Both directions at 4 kHz; both end at the same moment of time, and `sent` begins earlier. */
export interface Both {
  readonly sent: Float32Array
  readonly received: Float32Array
  /** Behind so many samples of `received`, zeros stand in `sent` for what is not known yet. */
  readonly settled: number
  /** Changes when the same two samples are not the same delay apart any more. */
  readonly alignment: number
}

/** Scratch of whoever is looking: one call at a time. */
const lanes = new Float64Array(LANES)
const sums = new Float64Array(SUMS)

/**
 * Correlation of the frames with what was sent, summed for every second delay. That is the dear part of a judgement, and the next one is of nearly
 * the same frames: sums are kept, and only frames that are new are added, until one that is in them is not asked for any more.
 */
export class DelaySums {
  /** The first delay: even or odd ones. */
  readonly #first: 0 | 1
  /** Made when first asked for: most calls never are. */
  #kept: Float64Array | null = null
  /** Numbers of the frames in it. */
  readonly #within = new Set<number>()
  #alignment = 0

  constructor(first: 0 | 1) {
    this.#first = first
  }

  /** For delays first, first + 2, … of every second sample. Overwritten by the next call of anyone. */
  of(both: Both, frames: Frames): Float64Array {
    const kept = (this.#kept ??= new Float64Array(SUMS))
    if (this.#alignment !== both.alignment || !this.#allIn(frames)) {
      kept.fill(0)
      this.#within.clear()
      this.#alignment = both.alignment
    }
    const known = (f: number): boolean => frames.starts[f]! + FRAME_4K <= both.settled + NEAR
    const fresh = pick(frames, f => known(f) && !this.#within.has(frames.numbers[f]!))
    this.#add(both, fresh, kept, NEAR, MAX_DELAY)
    for (let f = 0; f < fresh.count; f++) this.#within.add(fresh.numbers[f]!)
    sums.set(kept)
    this.#add(
      both,
      pick(frames, f => !known(f)),
      sums,
      NEAR,
      MAX_DELAY,
    )
    this.#add(both, frames, sums, 0, NEAR - 1)
    return sums
  }

  /** Whether all frames that were summed are among these. */
  #allIn(frames: Frames): boolean {
    let found = 0
    for (let f = 0; f < frames.count; f++) if (this.#within.has(frames.numbers[f]!)) found++
    return found === this.#within.size
  }

  /** @param from, to: of the delays */
  #add({ sent, received }: Both, frames: Frames, into: Float64Array, from: number, to: number): void {
    if (frames.count === 0) return
    const offset = sent.length - received.length - this.#first
    for (let i = from / STEP; i * STEP + this.#first <= to; i += LANES) {
      correlate(sent, received, frames, offset - i * STEP, STEP, lanes)
      for (let lane = 0; lane < LANES; lane++) into[i + lane]! += lanes[lane]!
    }
  }
}

function pick(frames: Frames, wanted: (f: number) => boolean): Frames {
  const picked = Array.from({ length: frames.count }, (_, f) => f).filter(wanted)
  return {
    starts: Int32Array.from(picked, f => frames.starts[f]!),
    weights: Float64Array.from(picked, f => frames.weights[f]!),
    numbers: Int32Array.from(picked, f => frames.numbers[f]!),
    count: picked.length,
  }
}
