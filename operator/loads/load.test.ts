import { describe, expect, it } from 'vitest'
import type { LoadLine } from '#runtime/contract/load-line.ts'
import { type Facts, isDrained, type Load, occupancyOf, serves } from './load.ts'

const quiet: LoadLine = {
  v: 1,
  pod: 'a-1-x',
  boot: 'b1',
  seq: 1,
  slots: { total: 10, reserved: 0, busy: 0 },
  outbox: 0,
  drain: { id: 'd1', deadline: 1, longestMs: 0 },
  revisions: { 'a-1': { calls: 0, figures: {}, id: 'r1' } },
}
const known = (line: Partial<LoadLine> = {}): Load => ({
  state: 'known',
  line: { ...quiet, ...line },
  at: 1000,
  restarts: 0,
})
const unknown = (lastSeenAt: number | null, calls: number | null = 0): Load => ({
  state: 'unknown',
  why: 'silent',
  lastSeenAt,
  since: 500,
  calls,
  restarts: 0,
})
const facts: Facts = { terminated: false, nodeGone: false, callLimitMs: 10_000 }

describe('whether a pod may carry a call', () => {
  it.each<[string, Load, Partial<Facts>, number, object]>([
    ['a call', known({ slots: { total: 10, reserved: 0, busy: 1 } }), {}, 2000, { busy: true, why: 'calls' }],
    [
      'a call that rings',
      known({ slots: { total: 10, reserved: 1, busy: 0 } }),
      {},
      2000,
      { busy: true, why: 'calls' },
    ],
    ['records not written', known({ outbox: 3 }), {}, 2000, { busy: true, why: 'outbox' }],
    ['nothing', known(), {}, 2000, { busy: false, why: 'empty' }],
    ['silence', unknown(1000), {}, 2000, { busy: true, why: 'unknown', until: 11_000 }],
    ['silence, until its last call is over', unknown(1000), {}, 11_000, { busy: false, why: 'limit' }],
    ['silence from the start', unknown(null), {}, 10_499, { busy: true, why: 'unknown', until: 10_500 }],
    ['silence from the start, for long enough', unknown(null), {}, 10_500, { busy: false, why: 'limit' }],
    ['silence, and it has ended', unknown(1000, 5), { terminated: true }, 2000, { busy: false, why: 'terminated' }],
    ['silence, and its node is gone', unknown(1000, 5), { nodeGone: true }, 2000, { busy: false, why: 'nodeGone' }],
  ])('%s', (_name, load, more, now, wanted) => {
    expect(occupancyOf(load, { ...facts, ...more }, now)).toMatchObject(wanted)
  })

  it('what was seen last is no proof: an empty pod that went silent is busy', () => {
    expect(occupancyOf(unknown(1000, 0), facts, 1001)).toMatchObject({ busy: true, why: 'unknown' })
  })
})

describe('drained', () => {
  it.each<[string, Load, boolean]>([
    ['acknowledged and empty', known(), true],
    ['another drain', known({ drain: { id: 'd0', deadline: 1, longestMs: 0 } }), false],
    ['not draining', known({ drain: null }), false],
    ['a call', known({ slots: { total: 10, reserved: 0, busy: 1 } }), false],
    ['a call that rings', known({ slots: { total: 10, reserved: 1, busy: 0 } }), false],
    ['a record not written', known({ outbox: 1 }), false],
    ['silence', unknown(1000), false],
  ])('%s: %s', (_name, load, wanted) => {
    expect(isDrained(load, 'd1')).toBe(wanted)
  })
})

it('a revision is served as asked only when the same request is echoed', () => {
  expect(serves(known(), 'a-1', 'r1')).toBe(true)
  expect(serves(known(), 'a-1', 'r2')).toBe(false)
  expect(serves(known(), 'a-2', 'r1')).toBe(false)
  expect(serves(unknown(1), 'a-1', 'r1')).toBe(false)
})
