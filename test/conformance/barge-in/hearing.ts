/**
 * How much of each item is in a recording, to the sample. Only the watermark makes sound, so silence is taken out first: what is left must be
 * the items in the order in which they were made, each from its beginning, without a sample missing or too much, wherever pauses were.
 *
 * An item's first sample is louder than any other, so the sound falls apart into *pieces* without guessing, each to be one item as far as
 * it was heard. Which one is told by what follows its first samples; few samples may be of either of two items.
 */
import { FIRST_LEVEL, FRAME_SAMPLES, read } from '#simulators/watermark/code.ts'
import { assign } from './assign.ts'
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

interface Piece {
  readonly from: number
  readonly to: number
}

const PER_MS = 8
/** The watermark's quietest frame is at 2200, digital silence of either law at 8 or below. */
const SILENT = 100

/** @param items those that hold sound, in the order in which they were made */
export function hear(recording: Int16Array, items: readonly Sounding[]): Hearing {
  const { sound, places } = withoutSilence(recording)
  const heard = new Map<number, Heard>()
  const faults: string[] = []
  const pieces = piecesOf(sound).flatMap(({ from, to }) => {
    const lengths = items.map(item => prefix(sound, from, to, item))
    const most = Math.max(0, ...lengths)
    // What goes wrong behind its first frame is of one item all the same.
    const known = most === to - from || most >= FRAME_SAMPLES
    if (!known) faults.push(`${inMs(to - from)} ms are of ${named(sound, from)}`)
    return known ? [{ from, to, most, may: [...lengths.keys()].filter(i => lengths[i] === most) }] : []
  })
  const assigned = assign(pieces.map(p => p.may))
  for (const [i, { from, to, most }] of pieces.entries()) {
    const { may = [], misplaced = false } = assigned[i] ?? {}
    const marks = may.map(index => items[index]?.mark ?? -1)
    if (misplaced) faults.push(`item ${marks.join(' or ')} came twice, or after a later one`)
    if (from + most < to)
      faults.push(`after ${inMs(most)} ms of item ${marks[0]} came ${inMs(to - from - most)} ms of something else`)
    for (const mark of marks) {
      const before = heard.get(mark)
      heard.set(mark, {
        least: Math.max(before?.least ?? 0, marks.length === 1 ? most : 0),
        most: Math.max(before?.most ?? 0, most),
        end: (places[from + most - 1] ?? 0) + 1,
      })
    }
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

/** From one first sample until the next; what stands before the very first is a piece too, of nobody. */
function piecesOf(sound: Int16Array): Piece[] {
  const pieces: Piece[] = []
  for (let from = 0, at = 1; from < sound.length; at++) {
    if (at < sound.length && !fits(Math.abs(sound[at] ?? 0), FIRST_LEVEL)) continue
    pieces.push({ from, to: at })
    from = at
  }
  return pieces
}

function named(sound: Int16Array, at: number): string {
  const frame = read(sound, at)
  return frame === null ? 'no item' : `no item, or of ${frame.item}`
}

const inMs = (samples: number): number => Math.round(samples / PER_MS)
