/** What a call sounded like to the caller, both sides on one clock: sample n is what was said, or heard, n/8 ms after it began. */
import type { Ms } from '#runtime/media/format.ts'

export type Side = 'caller' | 'agent'

export const SAMPLES_PER_MS = 8
const FIRST_SAMPLES = 30_000 * SAMPLES_PER_MS

export class Recording {
  /** Moment of sample 0, on the caller's clock. */
  readonly startedAt: Ms
  readonly #limit: number
  #sides: Record<Side, Int16Array>
  #length = 0

  /** @param limitMs what comes later is not kept */
  constructor(startedAt: Ms, limitMs: Ms = 30 * 60_000) {
    this.startedAt = startedAt
    this.#limit = Math.round(limitMs * SAMPLES_PER_MS)
    const first = Math.min(FIRST_SAMPLES, this.#limit)
    this.#sides = { caller: new Int16Array(first), agent: new Int16Array(first) }
  }

  /** Samples on either side. */
  get length(): number {
    return this.#length
  }

  sampleAt(t: Ms): number {
    return Math.round((t - this.startedAt) * SAMPLES_PER_MS)
  }

  timeOf(sample: number): Ms {
    return this.startedAt + sample / SAMPLES_PER_MS
  }

  /** What falls before the beginning or beyond the limit is left out; what was there is replaced. */
  write(side: Side, at: number, samples: Int16Array): void {
    const from = Math.max(0, -at)
    const to = Math.min(samples.length, this.#limit - at)
    if (to <= from) return
    this.#reserve(at + to)
    this.#sides[side].set(samples.subarray(from, to), at + from)
    this.#length = Math.max(this.#length, at + to)
  }

  /** Fills `out` from sample `at` on; silence where there is nothing. */
  read(side: Side, at: number, out: Int16Array): void {
    const source = this.#sides[side]
    for (let i = 0; i < out.length; i++) out[i] = source[at + i] ?? 0
  }

  /** One side as it is now; a view that later writes may or may not change. */
  side(side: Side): Int16Array {
    return this.#sides[side].subarray(0, this.#length)
  }

  #reserve(samples: number): void {
    const size = this.#sides.caller.length
    if (samples <= size) return
    const wanted = Math.min(this.#limit, Math.max(samples, size * 2))
    const grown = (old: Int16Array): Int16Array => {
      const larger = new Int16Array(wanted)
      larger.set(old)
      return larger
    }
    this.#sides = { caller: grown(this.#sides.caller), agent: grown(this.#sides.agent) }
  }
}
