import { describe, expect, it } from 'vitest'
import { type Priority, RateLimit } from './rate-limit.ts'

function run(asks: readonly [string, Priority][], burst = 2) {
  const limit = new RateLimit<string>({ qps: 10, burst, maxWaiting: 100 }, 0)
  for (const [item, priority] of asks) limit.ask(item, priority)
  const gone: [number, string][] = []
  for (let now: number | null = 0; now !== null && gone.length < 50; now = limit.wakeAt(now))
    for (let next = limit.take(now); next !== null; next = limit.take(now)) gone.push([Math.round(now), next])
  return gone
}

describe('the rate limit', () => {
  it('lets a burst go, then one in each interval', () => {
    expect(
      run([
        ['a', 'normal'],
        ['b', 'normal'],
        ['c', 'normal'],
        ['d', 'normal'],
      ]),
    ).toEqual([
      [0, 'a'],
      [0, 'b'],
      [100, 'c'],
      [200, 'd'],
    ])
  })

  it('goes by priority, then by arrival', () => {
    const order = run(
      [
        ['l', 'low'],
        ['n1', 'normal'],
        ['h', 'high'],
        ['n2', 'normal'],
      ],
      1,
    ).map(([, item]) => item)
    expect(order).toEqual(['h', 'n1', 'n2', 'l'])
  })

  it('holds all back when told to, and does not save up more than a burst', () => {
    const limit = new RateLimit<string>({ qps: 10, burst: 2, maxWaiting: 3 }, 0)
    limit.pause(5000)
    for (const item of ['a', 'b', 'c']) expect(limit.ask(item, 'high')).toBe(true)
    expect(limit.ask('d', 'high')).toBe(false)
    expect(limit.take(4999)).toBeNull()
    expect(limit.wakeAt(0)).toBe(5000)
    expect([limit.take(5000), limit.take(5000), limit.take(5000)]).toEqual(['a', 'b', null])
    limit.withdraw('c')
    expect(limit.wakeAt(5000)).toBeNull()
  })
})
