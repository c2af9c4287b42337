import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AudioFormat } from './format.ts'
import { MarkedPlayout } from './marked-playout.ts'

const PCMU: AudioFormat = { encoding: 'pcmu', rateHz: 8000 }
const ms = (n: number): Uint8Array => new Uint8Array(n * 8).fill(1)
const take = (playout: MarkedPlayout, n: number): number => playout.tick(0, new Uint8Array(n * 8))

test('what was sent is heard when the mark behind it comes back, and not before', () => {
  const playout = new MarkedPlayout(PCMU)
  playout.append(0, 'a', ms(100))
  take(playout, 40)
  const first = playout.mark()
  take(playout, 40)
  playout.mark()
  expect(playout.snapshot().items).toMatchObject([{ item: 'a', ms: 0 }])
  expect([playout.queuedMs, playout.inFlightMs, playout.waitingMs]).toEqual([100, 80, 20])
  expect(playout.confirm(first)).toBe(true)
  expect(playout.snapshot().items).toMatchObject([{ item: 'a', ms: 40 }])
  expect(playout.flush()).toEqual([{ item: 'a', ms: 40, totalMs: 100, complete: false }])
  expect(playout.queuedMs).toBe(0)
})

test('a mark that comes back because its audio was dropped confirms nothing, of what came after it neither', () => {
  const playout = new MarkedPlayout(PCMU)
  playout.append(0, 'a', ms(40))
  take(playout, 40)
  const dropped = playout.mark()
  expect(playout.flush()).toMatchObject([{ item: 'a', ms: 0 }])
  playout.append(playout.generation, 'b', ms(40))
  take(playout, 40)
  const next = playout.mark()
  expect(playout.confirm(dropped)).toBe(false)
  expect(playout.snapshot().items).toMatchObject([{ item: 'b', ms: 0 }])
  expect(playout.confirm(next)).toBe(true)
})

test('an item is played when its last sample was heard, and a mark confirms all before it', () => {
  const playout = new MarkedPlayout(PCMU)
  playout.append(0, 'a', ms(30))
  playout.complete('a')
  playout.append(0, 'b', ms(30))
  take(playout, 60)
  const mark = playout.mark()
  expect(playout.drainNotices()).toEqual([
    { type: 'audible', item: 'a' },
    { type: 'audible', item: 'b' },
  ])
  playout.confirm(mark)
  expect(playout.drainNotices()).toEqual([
    { type: 'played', heard: { item: 'a', ms: 30, totalMs: 30, complete: true } },
  ])
})

test('before a flush the other side is told whether it has something to drop', () => {
  const told: boolean[] = []
  const playout = new MarkedPlayout(PCMU, unconfirmed => told.push(unconfirmed))
  playout.append(0, 'a', ms(40))
  playout.flush()
  playout.append(playout.generation, 'a', ms(40))
  take(playout, 20)
  playout.mark()
  playout.flush()
  expect(told).toEqual([false, true])
})

test('whatever is sent, marked and confirmed: never more is heard than a carrier has played', () => {
  const op = fc.oneof(
    fc.record({
      do: fc.constant('append' as const),
      item: fc.constantFrom('a', 'b', 'c'),
      ms: fc.integer({ min: 1, max: 90 }),
    }),
    fc.record({ do: fc.constant('send' as const), ms: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ do: fc.constant('play' as const), groups: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constantFrom('flush' as const, 'pause' as const, 'resume' as const) }),
  )
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), ops => {
      const playout = new MarkedPlayout(PCMU)
      const ids = { a: 1, b: 2, c: 3 }
      const names = ['', 'a', 'b', 'c']
      /** The carrier: groups of bytes, each of which names its item. */
      let groups: { bytes: Uint8Array; mark: number }[] = []
      const played: Record<string, number> = {}
      for (const one of ops) {
        if (one.do === 'append') playout.append(playout.generation, one.item, ms(one.ms).fill(ids[one.item]))
        else if (one.do === 'send') {
          const out = new Uint8Array(one.ms * 8)
          const n = playout.tick(0, out)
          if (n > 0) groups.push({ bytes: out.slice(0, n), mark: playout.mark() })
        } else if (one.do === 'play') {
          for (const group of groups.splice(0, one.groups)) {
            for (const byte of group.bytes) played[names[byte] ?? ''] = (played[names[byte] ?? ''] ?? 0) + 1 / 8
            playout.confirm(group.mark)
          }
        } else if (one.do === 'flush') {
          for (const heard of playout.flush()) {
            expect(heard.ms).toBeLessThanOrEqual(played[heard.item] ?? 0)
            expect(heard.ms).toBeGreaterThan((played[heard.item] ?? 0) - 2)
          }
          for (const group of groups) expect(playout.confirm(group.mark)).toBe(false)
          groups = []
          for (const name of names) delete played[name]
        } else playout[one.do]()
        for (const heard of playout.snapshot().items) expect(heard.ms).toBeLessThanOrEqual(played[heard.item] ?? 0)
      }
    }),
  )
})
