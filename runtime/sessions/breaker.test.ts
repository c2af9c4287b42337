import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admit, createBreaker, failed, released, succeeded } from './breaker.ts'
import { type BreakerReading, Breakers } from './breakers.ts'
import { sessionDropped, sessionUnauthorized } from './errors.ts'

const opened = (at = 0) => {
  const b = createBreaker()
  for (let i = 0; i < 3; i++) failed(b, at)
  return b
}

describe('a breaker', () => {
  it('opens after three failures in a row within half a minute, and rests', () => {
    const b = createBreaker()
    failed(b, 0)
    failed(b, 29_000)
    failed(b, 31_000)
    expect(admit(b, 31_000)).toBe(true)
    failed(b, 40_000)
    expect([b.state, admit(b, 40_000), admit(b, 44_999)]).toEqual(['open', false, false])
  })

  it('is not opened by failures with a success among them', () => {
    const b = createBreaker()
    for (let i = 0; i < 10; i++) {
      failed(b, i)
      failed(b, i)
      succeeded(b)
    }
    expect(b.state).toBe('closed')
  })

  it('lets one probe through, whose success closes it', () => {
    const b = opened()
    expect([admit(b, 5000), admit(b, 5001)]).toEqual([true, false])
    succeeded(b)
    expect([b.state, admit(b, 5002), admit(b, 5002)]).toEqual(['closed', true, true])
  })

  it('rests twice as long after each probe that failed, and never more than a minute', () => {
    const b = opened()
    const rests: number[] = []
    for (let at = b.until; rests.length < 6; at = b.until) {
      admit(b, at)
      failed(b, at)
      rests.push(b.until - at)
    }
    expect(rests).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
  })

  it('sends another probe when one was given up, or was never heard of again', () => {
    const b = opened()
    admit(b, 5000)
    released(b)
    expect([admit(b, 5001), admit(b, 5002), admit(b, 45_002)]).toEqual([true, false, true])
  })

  it('never lets two through at once unless it is closed, and always lets one through in the end', () => {
    const op = fc.constantFrom('admit', 'fail', 'succeed', 'release', 'wait')
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), ops => {
        const b = createBreaker()
        let now = 0
        for (const what of ops) {
          if (what === 'wait') now += 3000
          else if (what === 'fail') failed(b, now)
          else if (what === 'succeed') succeeded(b)
          else if (what === 'release') released(b)
          else if (admit(b, now)) expect(admit(b, now)).toBe(b.state === 'closed')
          expect(b.failedAt.length).toBeLessThan(4)
        }
        expect(admit(b, now + 60_000)).toBe(true)
      }),
    )
  })
})

describe('breakers', () => {
  const key = { provider: 'openai', host: 'a', model: 'm' }
  const setUp = () => {
    let now = 0
    const told: [BreakerReading['state'], string][] = []
    const breakers = new Breakers(
      () => now,
      ({ state }, code) => told.push([state, code]),
    )
    return { breakers, told, pass: (ms: number) => (now += ms) }
  }

  it('are shared by all who ask for the same, and by nobody else', () => {
    const { breakers, told } = setUp()
    for (let i = 0; i < 3; i++) breakers.begin(key, false)?.failed(sessionDropped.code)
    expect(told).toEqual([['open', sessionDropped.code]])
    expect(breakers.begin(key, false)).toBeNull()
    expect(breakers.begin({ ...key, model: 'other' }, false)).not.toBeNull()
    expect(breakers.begin({ ...key, host: 'b' }, false)).not.toBeNull()
    expect(breakers.readings.map(r => r.state)).toEqual(['open', 'closed', 'closed'])
  })

  it('count a try once, and a session that is lost besides', () => {
    const { breakers } = setUp()
    const one = breakers.begin(key, false)
    for (let i = 0; i < 5; i++) one?.failed('x')
    expect(breakers.begin(key, false)).not.toBeNull()
    const two = breakers.begin(key, false)
    two?.ready()
    two?.left()
    two?.lost('x')
    expect(breakers.begin(key, false)).not.toBeNull()
  })

  it('do not count what is wrong with our own asking', () => {
    const { breakers } = setUp()
    for (let i = 0; i < 9; i++) breakers.begin(key, false)?.failed(sessionUnauthorized.code)
    expect(breakers.begin(key, false)).not.toBeNull()
  })

  it('let through whom they must, and learn from it', () => {
    const { breakers, told, pass } = setUp()
    for (let i = 0; i < 3; i++) breakers.begin(key, false)?.failed('x')
    breakers.begin(key, true)?.ready()
    expect(breakers.begin(key, false)).not.toBeNull()
    for (let i = 0; i < 3; i++) breakers.begin(key, false)?.failed('x')
    pass(5000)
    breakers.begin(key, false)?.left()
    breakers.begin(key, false)?.ready()
    expect(told.map(([state]) => state)).toEqual(['open', 'closed', 'open', 'halfOpen', 'closed'])
  })
})
