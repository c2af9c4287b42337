import { describe, expect, it } from 'vitest'
import type { LoadSeen } from '#operator/fleets/fleet.ts'
import { aLoad, aPod, NOW } from '#operator/fleets/testing/given.ts'
import { readyAndAlive } from './pods-seen.ts'

const BEGAN = NOW - 600_000
const never: LoadSeen = { state: 'unknown', lastSeenAt: null, calls: null, revisions: null, since: 0 }
const blank: LoadSeen = { ...never, lastSeenAt: NOW - 5000, calls: 0, revisions: {} }
const once: LoadSeen = { ...blank, revisions: { 'a-1': { calls: 0, figures: {} } } }

describe('a Ready pod', () => {
  it.each([
    ['that says it has its revision serves', BEGAN, aLoad(0), 1],
    ['that says it is blank does not', BEGAN, aLoad(0, { revisions: {} }), 0],
    ['that was heard of serves while nobody hears of it', BEGAN, once, 1],
    ['that was blank when it was last heard of does not', NOW - 1000, blank, 0],
    ['that became Ready under our eyes and was never heard of does not: it is blank', BEGAN, never, 0],
    ['that was Ready before this operator began serves though it was not heard of yet', NOW - 1000, never, 1],
    ['of which nobody asked yet does not', NOW - 1000, undefined, 0],
  ] as const)('%s', (_what, leaderSince, load, ready) => {
    const pod = aPod('p1', { readyChangedAt: NOW - 3000 })
    expect(readyAndAlive('a-1', [pod], () => load, leaderSince)).toEqual({ ready, alive: 1 })
  })
})
