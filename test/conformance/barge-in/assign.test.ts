import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assign } from './assign.ts'

const sets = fc.array(
  fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 }).map(set => set.toSorted((a, b) => a - b)),
  { maxLength: 4 },
)

/** All ways to pick one of each, ascending. */
function waysOf(candidates: readonly (readonly number[])[]): number[][] {
  return candidates.reduce<number[][]>(
    (ways, may) => ways.flatMap(way => may.filter(c => c > (way.at(-1) ?? -1)).map(c => [...way, c])),
    [[]],
  )
}

describe('who is who', () => {
  it('is all that anybody can be in some way, and no more', () => {
    fc.assert(
      fc.property(sets, candidates => {
        const ways = waysOf(candidates)
        const assigned = assign(candidates)
        const wanted = candidates.map((may, i) => may.filter(c => ways.some(way => way[i] === c)))
        expect(assigned.some(a => a.misplaced)).toBe(ways.length === 0)
        fc.pre(ways.length > 0)
        expect(assigned.map(a => a.may)).toEqual(wanted)
      }),
    )
  })

  it('leaves out of the order what has no place in it', () => {
    expect(assign([[3], [1], [4, 5]])).toEqual([
      { may: [3], misplaced: false },
      { may: [1], misplaced: true },
      { may: [4, 5], misplaced: false },
    ])
  })
})
