/**
 * How much of each item is in a recording, to the sample. Only the watermark makes sound, so silence is taken out first: what is left must be
 * the items one after another, each from its beginning, without a sample missing or too much, wherever pauses were.
 */
import { chipsOf, FRAME_SAMPLES, levelOf } from '#simulators/watermark/code.ts'
import { decode } from '#simulators/watermark/decode.ts'

export interface Sounding {
  readonly mark: number
  readonly audioMs: number
}

export interface Hearing {
  /** Samples heard of each item, by its number in the watermark; items that were not heard are not in it. */
  readonly heard: ReadonlyMap<number, number>
  readonly faults: readonly string[]
}

const PER_MS = 8
/** The watermark's quietest frame is at 2200, digital silence of either law at 8 or below. */
const SILENT = 100
/** Each law is off by up to 2.5 % of the level, and the simulator makes its A-law of µ-law. */
const LEVEL_SHARE = 0.05
/** An item that was cut is followed by another: so many samples of that one may, by chance, be what the first would have gone on with. */
const CHANCE = 12

export function hear(recording: Int16Array, items: readonly Sounding[]): Hearing {
  const sound = recording.filter(s => Math.abs(s) > SILENT)
  const starts = startsOf(sound, items)
  const unmarked = items.filter(i => !starts.some(s => s.mark === i.mark))
  const heard = new Map<number, number>()
  const faults: string[] = []
  const note = (mark: number, samples: number): void => {
    if (samples === 0) return
    if (heard.has(mark)) faults.push(`item ${mark} came twice`)
    heard.set(mark, samples)
  }
  const bounds = [{ mark: -1, audioMs: 0, at: 0 }, ...starts]
  for (const [i, item] of bounds.entries()) {
    const end = bounds[i + 1]?.at ?? sound.length
    const n = prefix(sound, item.at, end, item)
    if (item.at + n === end) {
      note(item.mark, n)
      continue
    }
    const rest = restOf(sound, item.at, n, end, unmarked)
    note(item.mark, rest?.before ?? n)
    if (rest !== null) note(rest.mark, rest.samples)
    else {
      const at = Math.round(n / PER_MS)
      faults.push(
        `after ${at} ms of item ${item.mark} came ${Math.round((end - item.at - n) / PER_MS)} ms of something else`,
      )
    }
  }
  return { heard, faults }
}

/** Where in the sound each item begins. An item that is found twice begins twice: the second time is somebody's fault. */
function startsOf(sound: Int16Array, items: readonly Sounding[]): (Sounding & { at: number })[] {
  const known = new Map(items.map(i => [i.mark, i]))
  const starts: (Sounding & { at: number })[] = []
  for (const { item, frame, sampleIndex } of decode(sound)) {
    const at = sampleIndex - frame * FRAME_SAMPLES
    const last = starts.at(-1)
    if (last?.mark === item && last.at === at) continue
    starts.push({ mark: item, audioMs: known.get(item)?.audioMs ?? 0, at })
  }
  return starts
}

/** Samples from `at` on that are the item's own, from its beginning. */
function prefix(sound: Int16Array, at: number, end: number, { mark, audioMs }: Sounding): number {
  const most = Math.min(end - at, Math.round(audioMs * PER_MS))
  let n = 0
  for (let frame = 0; n < most; frame++) {
    const chips = chipsOf(mark, frame)
    const level = levelOf(frame)
    for (let i = 0; i < FRAME_SAMPLES && n < most; i++, n++) {
      if (Math.abs((sound[at + n] ?? 0) - (chips[i] ?? 0) * level) > level * LEVEL_SHARE) return n
    }
  }
  return n
}

/** An item of which so little was heard that no whole frame tells its number. */
function restOf(
  sound: Int16Array,
  at: number,
  n: number,
  end: number,
  unmarked: readonly Sounding[],
): { mark: number; before: number; samples: number } | null {
  for (let before = n; before >= Math.max(0, n - CHANCE); before--) {
    const from = at + before
    const item = unmarked.find(i => prefix(sound, from, end, i) === end - from)
    if (item !== undefined) return { mark: item.mark, before, samples: end - from }
  }
  return null
}
