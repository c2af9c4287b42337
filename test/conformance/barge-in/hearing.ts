/**
 * How much of each item is in a recording, to the sample. Only the watermark makes sound, so silence is taken out first: what is left must be
 * the items in the order in which they were made, each from its beginning, without a sample missing or too much, wherever pauses were.
 *
 * The first frame of an item is louder than all others, so the samples alone say where items begin: in the *opening*, a stretch as loud as
 * first frames, or several that were cut. When something else follows it, its last frame is whole, and names the item; that item lasts until
 * the next opening. All before that frame is {@link explain}ed by items that were cut within their first.
 */
import { FIRST_LEVEL, FRAME_SAMPLES, read } from '#simulators/watermark/code.ts'
import { explain } from './opening.ts'
import { fits, prefix, type Sounding } from './prefix.ts'

/** Samples heard of an item. Two numbers when the sound can be read in more than one way: then what is true lies between. */
export interface Heard {
  readonly least: number
  readonly most: number
  /** One past the last of them in the recording, at the latest. */
  readonly end: number
}

export interface Hearing {
  /** By the number in the watermark; items that were not heard are not in it. */
  readonly heard: ReadonlyMap<number, Heard>
  readonly faults: readonly string[]
}

const PER_MS = 8
/** The watermark's quietest frame is at 2200, digital silence of either law at 8 or below. */
const SILENT = 100

/** @param items those that hold sound, in the order in which they were made */
export function hear(recording: Int16Array, items: readonly Sounding[]): Hearing {
  const { sound, places } = withoutSilence(recording)
  const heard = new Map<number, Heard>()
  const faults: string[] = []
  const note = (mark: number, least: number, most: number, end: number): void => {
    if (heard.has(mark)) faults.push(`item ${mark} came twice`)
    if (most > 0) heard.set(mark, { least, most, end: (places[end - 1] ?? 0) + 1 })
  }
  let last = -1
  for (const { from, rest, to } of openings(sound)) {
    const start = rest === to ? to : rest - FRAME_SAMPLES
    const index = rest === to ? items.length : items.findIndex(i => prefix(sound, start, rest, i) === FRAME_SAMPLES)
    const item = items[index]
    if (start < from || (rest < to && item === undefined)) {
      const named = start < from ? null : read(sound, start)
      faults.push(`${inMs(to - from)} ms are of no item${named === null ? '' : `, or of ${named.item}`}`)
      continue
    }
    const cut = explain(sound, from, start, items.slice(last + 1, Math.max(last + 1, index)))
    for (const { mark, least, most, end } of cut ?? []) note(mark, least, most, end)
    if (cut === null) faults.push(`${inMs(start - from)} ms are of no item${item ? `, before item ${item.mark}` : ''}`)
    if (item === undefined) continue
    if (index < last) faults.push(`item ${item.mark} came after item ${items[last]?.mark}`)
    const n = prefix(sound, start, to, item)
    note(item.mark, n, n, start + n)
    if (start + n < to)
      faults.push(`after ${inMs(n)} ms of item ${item.mark} came ${inMs(to - start - n)} ms of something else`)
    last = index
  }
  return { heard, faults }
}

function withoutSilence(recording: Int16Array): { sound: Int16Array; places: Int32Array } {
  const sound = new Int16Array(recording.length)
  const places = new Int32Array(recording.length)
  let n = 0
  for (const [i, sample] of recording.entries()) {
    if (Math.abs(sample) <= SILENT) continue
    sound[n] = sample
    places[n++] = i
  }
  return { sound: sound.subarray(0, n), places }
}

interface Opening {
  readonly from: number
  /** Where it is over, and the rest of its last item begins. */
  readonly rest: number
  /** Where the next opening begins, or the sound ends. */
  readonly to: number
}

function openings(sound: Int16Array): Opening[] {
  const found: Opening[] = []
  const isFirst = (at: number): boolean => fits(Math.abs(sound[at] ?? 0), FIRST_LEVEL)
  for (let at = 0; at < sound.length; ) {
    const from = at
    while (at < sound.length && isFirst(at)) at++
    const rest = at
    while (at < sound.length && !isFirst(at)) at++
    found.push({ from, rest, to: at })
  }
  return found
}

const inMs = (samples: number): number => Math.round(samples / PER_MS)
