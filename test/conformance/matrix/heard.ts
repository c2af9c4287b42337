/** How much of each item the caller heard, and when the last of it came. */
import { decode } from '#simulators/watermark/decode.ts'
import { type HeardOf, heardOf, lastSampleOf } from '#simulators/watermark/heard.ts'
import type { HeardCall } from '#test/phones/line.ts'
import type { SpokenItem } from './seen.ts'

export interface Heard extends SpokenItem {
  readonly heardMs: number
  /** Frames between its first and its last that were not heard. */
  readonly missing: number
  /** When its first and its last sample came to the caller; null: nothing was heard. */
  readonly firstAt: number | null
  readonly lastAt: number | null
}

const PER_MS = 8
/** Digital silence of either law is at 8 or below. A filter's sound crosses zero, but is never so quiet for so long. */
const SILENT = 8
const QUIET_SAMPLES = 24
/** The most of a frame that two items may share. */
const OVERREAD_SAMPLES = 160

export function heardItems(call: HeardCall, items: readonly SpokenItem[]): Heard[] {
  const sound = withoutSilence(call.heard)
  const [marks, apart] = [decode(sound), decode(call.heard)]
  const { timed } = call
  const inTime = decode(timed.samples)
  return items.map(item => {
    const found = heardOf(sound, marks, item.mark)
    const still = heardOf(call.heard, apart, item.mark)
    const first = inTime.find(({ item: mark }) => mark === item.mark)
    const last = lastSampleOf(timed.samples, inTime, item.mark)
    return {
      ...item,
      heardMs: endOf(found, still) / PER_MS,
      missing: found?.missing.length ?? 0,
      firstAt: first === undefined ? null : timed.timeOf(first.sampleIndex),
      // the last sample's own time: the one behind it may belong to a packet that came much later
      lastAt: last === null ? null : timed.timeOf(last - 1) + 1 / PER_MS,
    }
  })
}

/**
 * Behind a cut the next item follows without a pause where silence is left out, and its beginning may pass for more of the one before. With the silence
 * the end is exact, unless a pause parted the very last frame.
 */
function endOf(found: HeardOf | null, still: HeardOf | null): number {
  const [most, exact] = [found?.endOffset ?? 0, still?.endOffset ?? 0]
  return most - exact > OVERREAD_SAMPLES ? most : exact
}

/** A pause parts a frame of the watermark and loses nothing of it. */
function withoutSilence(samples: Int16Array): Int16Array {
  const out = new Int16Array(samples.length)
  let n = 0
  let quiet = 0
  for (const sample of samples) {
    quiet = Math.abs(sample) <= SILENT ? quiet + 1 : 0
    out[n++] = sample
    if (quiet === QUIET_SAMPLES) n -= QUIET_SAMPLES
    else if (quiet > QUIET_SAMPLES) n -= 1
  }
  return out.subarray(0, n)
}
