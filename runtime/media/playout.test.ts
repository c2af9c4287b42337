import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FramePlayout } from './playout.ts'

const PCMU = { encoding: 'pcmu', rateHz: 8000 } as const
const frame = (): Uint8Array => new Uint8Array(160)
const audio = (n: number, from = 0): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (from + i) % 251)
const playout = (maxMs?: number): FramePlayout => new FramePlayout(maxMs ? { format: PCMU, maxMs } : { format: PCMU })

describe('FramePlayout', () => {
  it('plays what was appended, then silence, and counts only audio', () => {
    const p = playout()
    p.append(0, 'a', audio(200))
    const out = frame()
    expect(p.tick(0, out)).toBe(160)
    expect([...out]).toEqual([...audio(160)])
    expect(p.tick(20, out)).toBe(40)
    expect([...out.subarray(0, 40)]).toEqual([...audio(40, 160)])
    expect(out.subarray(40).every(b => b === 0xff)).toBe(true)
    expect(p.tick(40, out)).toBe(0)
    expect(p.snapshot().items).toEqual([{ item: 'a', ms: 25, totalMs: 25, complete: false }])
  })

  it('rounds heard milliseconds down', () => {
    const p = playout()
    p.append(0, 'a', audio(167))
    p.tick(0, frame())
    p.tick(20, frame())
    expect(p.flush()).toEqual([{ item: 'a', ms: 20, totalMs: 20, complete: false }])
  })

  it('goes over the border of two items within one frame', () => {
    const p = playout()
    p.append(0, 'a', audio(100))
    p.complete('a')
    p.append(0, 'b', audio(100, 7))
    const out = frame()
    expect(p.tick(0, out)).toBe(160)
    expect([...out]).toEqual([...audio(100), ...audio(60, 7)])
    expect(p.drainNotices()).toEqual([
      { type: 'audible', item: 'a' },
      { type: 'played', heard: { item: 'a', ms: 12, totalMs: 12, complete: true } },
      { type: 'audible', item: 'b' },
    ])
    expect(p.flush()).toEqual([{ item: 'b', ms: 7, totalMs: 12, complete: false }])
  })

  it('plays items in the order of their first append', () => {
    const p = playout()
    p.append(0, 'a', audio(80, 1))
    p.append(0, 'b', audio(80, 2))
    p.append(0, 'a', audio(80, 3))
    const out = frame()
    p.tick(0, out)
    expect([...out]).toEqual([...audio(80, 1), ...audio(80, 3)])
  })

  it('resumes at the very sample where it was paused', () => {
    const p = playout()
    p.append(0, 'a', audio(480))
    p.tick(0, frame())
    p.pause()
    const out = frame()
    expect(p.tick(20, out)).toBe(0)
    expect(out.every(b => b === 0xff)).toBe(true)
    expect(p.queuedMs).toBe(40)
    p.resume()
    p.tick(40, out)
    expect([...out]).toEqual([...audio(160, 160)])
  })

  it('reports unheard items as 0 and drops late audio by generation', () => {
    const p = playout()
    p.append(0, 'a', audio(320))
    p.append(0, 'b', audio(320))
    p.tick(0, frame())
    expect(p.flush()).toEqual([
      { item: 'a', ms: 20, totalMs: 40, complete: false },
      { item: 'b', ms: 0, totalMs: 40, complete: false },
    ])
    expect(p.append(0, 'b', audio(160))).toBe(true)
    expect(p.queuedMs).toBe(0)
    expect(p.flush()).toEqual([])
  })

  it('ends a pause with the flush', () => {
    const p = playout()
    p.append(0, 'a', audio(160))
    p.pause()
    p.flush()
    p.append(1, 'b', audio(160))
    expect(p.tick(0, frame())).toBe(160)
  })

  it('reports a fully heard item exactly once: by flush, or before by notice', () => {
    const p = playout()
    p.append(0, 'a', audio(160))
    p.complete('a')
    p.tick(0, frame())
    expect(p.flush()).toEqual([{ item: 'a', ms: 20, totalMs: 20, complete: true }])
    expect(p.drainNotices()).toEqual([{ type: 'audible', item: 'a' }])
    expect(p.flush()).toEqual([])
    p.append(p.generation, 'b', audio(160))
    p.complete('b')
    p.tick(20, frame())
    expect(p.drainNotices()).toHaveLength(2)
    expect(p.flush()).toEqual([])
  })

  it('tells of completion when it comes after the last sample', () => {
    const p = playout()
    p.append(0, 'a', audio(160))
    p.tick(0, frame())
    expect(p.drainNotices()).toEqual([{ type: 'audible', item: 'a' }])
    p.complete('a')
    expect(p.drainNotices()).toEqual([{ type: 'played', heard: { item: 'a', ms: 20, totalMs: 20, complete: true } }])
    expect(p.drainNotices()).toEqual([])
  })

  it('never shows an item as unheard that was fully heard and is appended again', () => {
    const p = playout()
    p.append(0, 'a', audio(160))
    p.complete('a')
    p.tick(0, frame())
    p.drainNotices()
    p.append(0, 'a', audio(160))
    expect(p.flush()).toEqual([{ item: 'a', ms: 20, totalMs: 40, complete: false }])
  })

  it('holds back until released, and lets nothing overtake', () => {
    const p = playout()
    p.release('a', 10)
    p.append(0, 'a', audio(320))
    p.append(0, 'b', audio(160))
    expect(p.tick(0, frame())).toBe(80)
    expect(p.tick(20, frame())).toBe(0)
    p.release('a', Infinity)
    expect(p.tick(40, frame())).toBe(160)
    expect(p.tick(60, frame())).toBe(160)
    expect(p.snapshot().items[1]).toMatchObject({ item: 'b', ms: 10 })
  })

  it('takes nothing when it is full, and takes again after playing', () => {
    const p = playout(100)
    expect(p.append(0, 'a', audio(800))).toBe(true)
    expect(p.append(0, 'a', audio(1))).toBe(false)
    expect(p.snapshot().items[0]?.totalMs).toBe(100)
    p.tick(0, frame())
    expect(p.append(0, 'a', audio(160))).toBe(true)
  })

  it('loops a filler that is never counted', () => {
    const p = playout()
    p.setFiller(Uint8Array.of(1, 2, 3))
    p.append(0, 'a', audio(80))
    const out = frame()
    expect(p.tick(0, out)).toBe(80)
    expect([...out.subarray(80, 84)]).toEqual([1, 2, 3, 1])
    expect(p.flush()[0]?.ms).toBe(10)
  })

  it('hears never more than received, in order, over random histories', () => {
    const step = fc.oneof(
      fc.record({
        op: fc.constant('append' as const),
        item: fc.integer({ min: 0, max: 3 }),
        n: fc.integer({ min: 1, max: 9000 }),
        old: fc.boolean(),
      }),
      fc.record({ op: fc.constantFrom('pause' as const, 'resume' as const, 'flush' as const) }),
      fc.record({ op: fc.constant('complete' as const), item: fc.integer({ min: 0, max: 3 }) }),
      fc.record({
        op: fc.constant('release' as const),
        item: fc.integer({ min: 0, max: 3 }),
        ms: fc.integer({ min: 0, max: 500 }),
      }),
      fc.record({ op: fc.constant('tick' as const), n: fc.integer({ min: 1, max: 30 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const p = playout(2000)
        const out = frame()
        let taken = 0
        let played = 0
        let dropped = 0
        let changed = 0
        let beyond = 0
        for (const s of steps) {
          if (s.op === 'append') {
            const generation = p.generation - (s.old ? 1 : 0)
            const before = p.queuedMs
            const took = p.append(generation, `i${s.item}`, audio(s.n))
            if (took && !s.old) taken += s.n
            else changed += Math.abs(p.queuedMs - before)
          } else if (s.op === 'tick') for (let i = 0; i < s.n; i++) played += p.tick(0, out)
          else if (s.op === 'complete') p.complete(`i${s.item}`)
          else if (s.op === 'release') p.release(`i${s.item}`, s.ms)
          else if (s.op === 'flush') {
            dropped += p.queuedMs * 8
            beyond += p.flush().filter(h => h.ms > h.totalMs).length
          } else p[s.op]()
          expect(p.queuedMs * 8).toBe(taken - played - dropped)
          expect(p.queuedMs).toBeLessThanOrEqual(2000)
          expect(changed + beyond).toBe(0)
          beyond += p.snapshot().items.filter(h => h.ms > h.totalMs).length
        }
      }),
      { numRuns: 200 },
    )
  })
})
