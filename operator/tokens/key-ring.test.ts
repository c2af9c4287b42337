import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type KeyRing,
  planRing,
  publicKeysOf,
  RETIRE_MS,
  type RingKey,
  ROTATE_EVERY_MS,
  ringAfter,
  SETTLE_MS,
} from './key-ring.ts'

const HOUR = 3_600_000
let made = 0
const key = (createdAt: number): RingKey => {
  made += 1
  return { kid: `k${made}`, createdAt, x: 'x'.repeat(43), d: 'd'.repeat(43) }
}

function settle(ring: KeyRing | null, now: number): KeyRing {
  const plan = planRing(ring, now)
  if (plan === null) return ring as KeyRing
  return ringAfter(
    ring,
    plan,
    Array.from({ length: plan.make }, () => key(now)),
    now,
  )
}

describe('a ring', () => {
  it('is two keys from the start, and the first signs', () => {
    const ring = settle(null, 0)
    expect(ring.keys).toHaveLength(2)
    expect(ring.signing).toBe(ring.keys[0]?.kid)
    expect(planRing(ring, ROTATE_EVERY_MS - 1)).toBeNull()
  })

  it('then the second signs, the first is taken for an hour more, and a third is made', () => {
    const first = settle(null, 0)
    const second = settle(first, ROTATE_EVERY_MS)
    expect(second.keys).toEqual(first.keys)
    expect(second.signing).toBe(first.keys[1]?.kid)
    expect(planRing(second, ROTATE_EVERY_MS + RETIRE_MS - 1)).toBeNull()
    const third = settle(second, ROTATE_EVERY_MS + RETIRE_MS)
    expect(third.keys.map(k => k.kid)).toEqual([first.keys[1]?.kid, third.keys[1]?.kid])
    expect(third.keys[1]?.createdAt).toBe(ROTATE_EVERY_MS + RETIRE_MS)
    expect(third.signing).toBe(second.signing)
    expect(third.signingSince).toBe(second.signingSince)
  })

  it('with one key gets another, which does not sign before it is known everywhere', () => {
    const whole = settle(null, 0)
    const half: KeyRing = { ...whole, keys: whole.keys.slice(0, 1) }
    const late = 2 * ROTATE_EVERY_MS
    const mended = settle(half, late)
    expect([mended.keys.length, mended.signing]).toEqual([2, half.signing])
    expect(planRing(mended, late + SETTLE_MS - 1)).toBeNull()
    expect(planRing(mended, late + SETTLE_MS)?.signing).toBe(mended.keys[1]?.kid)
  })

  it('does not change while a clock is behind', () => {
    const ring = settle(null, 10 * HOUR)
    expect(planRing(ring, 0)).toBeNull()
  })

  it('shows nothing private', () => {
    const text = JSON.stringify(publicKeysOf(settle(null, 0)))
    expect(text).not.toContain('ddd')
    expect(JSON.parse(text)).toMatchObject({ keys: [{ kty: 'OKP', crv: 'Ed25519' }, { kty: 'OKP' }] })
  })
})

/**
 * Years of operators that come and go and of workers that learn of keys late. What an operator signs with, by a ring that it read a while
 * ago, every worker takes, by the keys that it was given a while ago, as long as the two delays are within the hour.
 */
it('every token is taken, whoever reads the keys how late', () => {
  const step = fc.record({
    passed: fc.oneof(fc.integer({ min: 1, max: HOUR }), fc.integer({ min: HOUR, max: 20 * 24 * HOUR })),
    signerLag: fc.integer({ min: 0, max: 20 * 60_000 }),
    workerLag: fc.integer({ min: 0, max: 39 * 60_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), steps => {
      let now = 0
      const history: { at: number; ring: KeyRing }[] = [{ at: 0, ring: settle(null, 0) }]
      const at = (moment: number): KeyRing =>
        (history.findLast(entry => entry.at <= moment) ?? history[0])?.ring as KeyRing
      for (const { passed, signerLag, workerLag } of steps) {
        now += passed
        const before = at(now)
        const after = settle(before, now)
        if (after !== before) history.push({ at: now, ring: after })
        expect(after.keys.length).toBeLessThanOrEqual(2)
        expect(at(now - workerLag).keys.map(k => k.kid)).toContain(at(now - signerLag).signing)
      }
    }),
    { numRuns: 2000 },
  )
})
