import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReceiveStatistics } from './receive-statistics.ts'
import { Source } from './source.ts'

describe('Source', () => {
  const follow = (...packets: [ssrc: number, sequence: number][]): string[] => {
    const source = new Source()
    return packets.map(([ssrc, sequence]) => source.observe(ssrc, sequence))
  }

  it('follows one stream over the wrap', () => {
    expect(follow([1, 65_534], [1, 65_535], [1, 0], [1, 1])).toEqual(['start', 'next', 'next', 'next'])
  })
  it('calls late and repeated packets old', () => {
    expect(follow([1, 10], [1, 12], [1, 11], [1, 12])).toEqual(['start', 'next', 'old', 'old'])
  })
  it('takes a new source at its second packet in a row', () => {
    expect(follow([1, 10], [2, 500], [2, 501], [2, 502])).toEqual(['start', 'probation', 'start', 'next'])
  })
  it('is not moved by a stray packet, nor by the stragglers of an old source', () => {
    expect(follow([1, 10], [2, 500], [1, 11], [2, 501], [1, 12])).toEqual([
      'start',
      'probation',
      'next',
      'probation',
      'next',
    ])
  })
  it('takes a restart of the numbers at the second packet in a row (A.1)', () => {
    expect(follow([1, 10_000], [1, 3], [1, 4], [1, 5])).toEqual(['start', 'probation', 'start', 'next'])
  })
  it('takes a jump below 3000 as loss', () => {
    expect(follow([1, 1], [1, 2999], [1, 6000])).toEqual(['start', 'next', 'probation'])
  })
})

describe('ReceiveStatistics', () => {
  it('counts loss since the beginning and since the last report', () => {
    const s = new ReceiveStatistics()
    s.start(65_530)
    for (let i = 0; i < 20; i++) if (i % 4 !== 3) s.receive((65_530 + i) & 0xffff, i * 160, i * 20, true)
    expect(s.report()).toEqual({
      fractionLost: Math.floor((4 * 256) / 19),
      cumulativeLost: 4,
      extendedHighest: 65_536 + 12,
      jitter: 0,
    })
    expect(s.lossFraction).toBeCloseTo(4 / 19)
    s.receive(13, 19 * 160, 380, true)
    s.receive(14, 20 * 160, 400, true)
    expect(s.report()).toMatchObject({ fractionLost: 0, cumulativeLost: 4 })
  })

  it('says negative loss for duplicates, and no fraction', () => {
    const s = new ReceiveStatistics()
    s.start(1)
    s.receive(1, 0, 0, true)
    s.receive(1, 0, 0, true)
    expect(s.report()).toMatchObject({ fractionLost: 0, cumulativeLost: -1 })
  })

  it('computes jitter as A.8 does', () => {
    const s = new ReceiveStatistics()
    s.start(0)
    // Arrivals 5 ms off in turn: |D| is 40, then 80, 80, 80 samples.
    let expected = 0
    const offsets = [0, 5, -5, 5, -5]
    for (const [i, offset] of offsets.entries()) {
      s.receive(i, i * 160, i * 20 + offset, true)
      if (i > 0) expected += (Math.abs(offset - offsets[i - 1]!) * 8 - expected) / 16
    }
    expect(s.jitterMs).toBeCloseTo(expected / 8)
    expect(s.report().jitter).toBe(Math.floor(expected))
  })

  it('sees no jitter in frozen timestamps of keys', () => {
    const s = new ReceiveStatistics()
    s.start(0)
    for (let i = 0; i < 10; i++) s.receive(i, 5000, i * 20, false)
    expect(s.jitterMs).toBe(0)
  })

  it('counts right over wraps, for any loss', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.integer({ min: 1, max: 500 }), fc.infiniteStream(fc.nat(9)), (first, n, dice) => {
        const s = new ReceiveStatistics()
        s.start(first)
        s.receive(first, 0, 0, true)
        let received = 1
        for (let i = 1; i <= n * 200; i += 200) {
          const lost = dice.next().value! < 3
          if (lost) continue
          s.receive((first + i) & 0xffff, i * 160, i * 20, true)
          received++
        }
        expect(s.expected).toBeGreaterThanOrEqual(received)
        expect(s.report().cumulativeLost).toBe(s.expected - received)
      }),
      { numRuns: 30 },
    )
  })
})
