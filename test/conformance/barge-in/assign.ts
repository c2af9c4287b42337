/** Who is who, when things come in a known order and some look alike. */

export interface Assigned {
  /** All that it can be in some way to name everything, each once and in order. */
  readonly may: readonly number[]
  /** There is no such way, because of this one: it can be none of those behind the ones before it. */
  readonly misplaced: boolean
}

/** @param candidates of each thing, in the order in which they came: the numbers it can be, ascending, at least one */
export function assign(candidates: readonly (readonly number[])[]): Assigned[] {
  /** Of each, the lowest number it can be given all before it; null: misplaced, and no part of the order. */
  const lowest: (number | null)[] = []
  let above = Number.NEGATIVE_INFINITY
  for (const may of candidates) {
    const low = may.find(c => c > above) ?? null
    lowest.push(low)
    above = low ?? above
  }
  const assigned: Assigned[] = []
  let below = Number.POSITIVE_INFINITY
  for (const [i, may] of [...candidates.entries()].toReversed()) {
    const low = lowest[i] ?? null
    const can = low === null ? may : may.filter(c => c >= low && c < below)
    assigned.unshift({ may: can, misplaced: low === null })
    if (low !== null) below = can.at(-1) ?? below
  }
  return assigned
}
