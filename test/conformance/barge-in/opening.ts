/** A stretch of items that were cut within their first frame: which ones they can be, and how much of each. */
import { FRAME_SAMPLES } from '#simulators/watermark/code.ts'
import { prefix, type Sounding } from './prefix.ts'

/** What may have been heard of an item, in samples, over all ways to read the stretch; 0 … 0 is left out. */
export interface Piece {
  readonly mark: number
  readonly least: number
  readonly most: number
  /** One past its last sample in the sound, at the latest. */
  readonly end: number
}

/**
 * All ways to read the samples from `from` until `to` as beginnings of some of these items, in this order. Items of which few samples were
 * heard sound alike (all begin with the sync word), so there may be more than one way; null when there is none.
 */
export function explain(sound: Int16Array, from: number, to: number, items: readonly Sounding[]): Piece[] | null {
  if (to - from > items.length * FRAME_SAMPLES) return null
  const lengths = items.map(item =>
    Array.from({ length: to - from + 1 }, (_, at) => prefix(sound, from + at, to, item)),
  )
  const before = reachable(lengths, to - from)
  const behind = solvable(lengths, to - from)
  if (behind[0]?.[0] !== true) return null
  return items.flatMap(({ mark }, k) => {
    const piece = pieceOf(lengths[k] ?? [], before[k] ?? [], behind[k + 1] ?? [])
    return piece.most === 0 ? [] : [{ mark, ...piece, end: from + piece.end }]
  })
}

/** Of each k and place: whether some of the first k items can end there. */
function reachable(lengths: readonly (readonly number[])[], size: number): boolean[][] {
  const table = [Array.from({ length: size + 1 }, (_, at) => at === 0)]
  for (const [k, most] of lengths.entries()) {
    const next = [...(table[k] ?? [])]
    for (const [at, yes] of (table[k] ?? []).entries()) if (yes) next.fill(true, at, at + (most[at] ?? 0) + 1)
    table.push(next)
  }
  return table
}

/** Of each k and place: whether the items from the k-th on can fill all that is behind it. */
function solvable(lengths: readonly (readonly number[])[], size: number): boolean[][] {
  let last = Array.from({ length: size + 1 }, (_, at) => at === size)
  const table = [last]
  for (const most of lengths.toReversed()) {
    const next = last
    last = next.map((_, at) => next.slice(at, at + (most[at] ?? 0) + 1).includes(true))
    table.unshift(last)
  }
  return table
}

function pieceOf(lengths: readonly number[], before: readonly boolean[], behind: readonly boolean[]) {
  const piece = { least: Number.POSITIVE_INFINITY, most: 0, end: 0 }
  for (const [at, yes] of before.entries()) {
    if (!yes) continue
    for (let n = 0; n <= (lengths[at] ?? 0); n++) {
      if (behind[at + n] !== true) continue
      piece.least = Math.min(piece.least, n)
      piece.most = Math.max(piece.most, n)
      if (n > 0) piece.end = Math.max(piece.end, at + n)
    }
  }
  return piece
}
