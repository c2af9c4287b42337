import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyedQueue } from './keyed-queue.ts'

const BACKOFF = { baseMs: 100, maxMs: 1000, jitter: 0 }
const half = (): number => 0.5

function all(queue: KeyedQueue, now: number): string[] {
  const keys: string[] = []
  for (let next = queue.take(now); next !== null; next = queue.take(now)) keys.push(next.key)
  return keys
}

describe('the keyed queue', () => {
  it('lets a key wait once', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    for (let i = 0; i < 3; i++) queue.add('a/1', 0)
    expect(all(queue, 0)).toEqual(['a/1'])
  })

  it('brings a key again that was added while it was worked on, once, and not before', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    queue.add('a/1', 0)
    queue.take(0)
    queue.add('a/1', 1)
    queue.add('a/1', 2)
    expect(all(queue, 3)).toEqual([])
    queue.done('a/1', true, 4, half)
    expect(all(queue, 4)).toEqual(['a/1'])
    queue.done('a/1', true, 5, half)
    expect(all(queue, 5)).toEqual([])
  })

  it('takes turns between groups, so that a thousand keys of one do not hold up another', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'c/1', 'b/2']) queue.add(key, 0)
    expect(all(queue, 0)).toEqual(['a/1', 'b/1', 'c/1', 'a/2', 'b/2', 'a/3', 'a/4'])
  })

  it('limits all and each group', () => {
    const queue = new KeyedQueue({ concurrency: 3, perGroup: 2, backoff: BACKOFF })
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1', 'b/2']) queue.add(key, 0)
    expect(all(queue, 0)).toEqual(['a/1', 'b/1', 'a/2'])
    queue.done('b/1', true, 0, half)
    expect(all(queue, 0)).toEqual(['b/2'])
    queue.done('a/1', true, 0, half)
    expect(all(queue, 0)).toEqual(['a/3'])
  })

  it('backs off per key, up to the longest wait, and forgets on success', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    const waits: number[] = []
    let now = 0
    queue.add('a/1', now)
    for (let i = 0; i < 6; i++) {
      expect(all(queue, now)).toEqual(['a/1'])
      const at = queue.done('a/1', false, now, half) ?? Number.NaN
      waits.push(at - now)
      expect(all(queue, at - 1)).toEqual([])
      now = at
    }
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000])
    expect(queue.stats.failing).toBe(1)
    expect(all(queue, now)).toEqual(['a/1'])
    queue.done('a/1', true, now, half)
    expect(queue.stats).toEqual({ ready: 0, delayed: 0, running: 0, failing: 0 })
  })

  it('lets background work go last, and raises it when it becomes urgent', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    queue.add('a/slow', 0, 'background')
    queue.add('a/raised', 0, 'background')
    queue.add('a/1', 0)
    queue.add('a/raised', 0)
    expect(all(queue, 0)).toEqual(['a/1', 'a/raised', 'a/slow'])
  })

  it('lets what has changed under somebody go before what is new', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    for (const key of ['a/1', 'a/2', 'b/1']) queue.add(key, 0)
    queue.add('a/2', 0, 'urgent')
    queue.add('a/2', 0)
    expect(all(queue, 0)).toEqual(['a/2', 'a/1', 'b/1'])
  })

  it('lets what was begun go on before what is new, and that before background work', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    queue.add('a/slow', 0, 'background')
    for (const key of ['a/1', 'a/2', 'b/1']) queue.add(key, 0, 'new')
    queue.addAt('a/0', 5, 0)
    queue.add('b/1', 0)
    queue.add('b/1', 0, 'new')
    expect(all(queue, 5)).toEqual(['b/1', 'a/0', 'a/1', 'a/2', 'a/slow'])
  })

  it('keeps the earliest of several times', () => {
    const queue = new KeyedQueue({ concurrency: 9, backoff: BACKOFF })
    queue.addAt('a/1', 50, 0)
    queue.addAt('a/1', 20, 0)
    queue.addAt('a/1', 70, 0)
    expect(queue.wakeAt).toBe(20)
    expect(all(queue, 20)).toEqual(['a/1'])
    queue.done('a/1', true, 21, half)
    expect(queue.wakeAt).toBeNull()
  })
})

const KEYS = ['a/1', 'a/2', 'b/1', 'b/2', 'c/1']
const act = fc.oneof(
  fc.record({
    do: fc.constantFrom(
      'add' as const,
      'addSlow' as const,
      'addFast' as const,
      'done' as const,
      'fail' as const,
      'again' as const,
    ),
    key: fc.constantFrom(...KEYS),
  }),
  fc.record({
    do: fc.constantFrom('take' as const, 'wait' as const, 'addAt' as const),
    key: fc.constantFrom(...KEYS),
    ms: fc.integer({ min: 0, max: 400 }),
  }),
)

it('never loses a key and never gives one twice at once', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200, size: 'max' }), acts => {
      const queue = new KeyedQueue({ concurrency: 3, perGroup: 2, backoff: BACKOFF })
      const running = new Set<string>()
      /** Keys that must still be given after now, and by when they may be asked for. */
      const owed = new Set<string>()
      let now = 0
      const take = (): boolean => {
        const next = queue.take(now)
        if (next === null) return false
        expect(running.has(next.key)).toBe(false)
        running.add(next.key)
        owed.delete(next.key)
        expect(running.size).toBeLessThanOrEqual(3)
        for (const group of 'abc') expect([...running].filter(k => k.startsWith(group)).length).toBeLessThanOrEqual(2)
        return true
      }
      for (const a of acts) {
        if (a.do === 'add' || a.do === 'addSlow' || a.do === 'addFast') {
          queue.add(a.key, now, a.do === 'add' ? 'normal' : a.do === 'addFast' ? 'urgent' : 'background')
          owed.add(a.key)
        } else if (a.do === 'addAt') {
          queue.addAt(a.key, now + a.ms, now)
          owed.add(a.key)
        } else if (a.do === 'take') take()
        else if (a.do === 'wait') now += a.ms
        else if (running.delete(a.key)) {
          if (a.do !== 'done') owed.add(a.key)
          queue.done(a.key, a.do !== 'fail', now, half, a.do === 'again' ? now + 10 : null)
        }
      }
      for (let i = 0; i < 100; i++) {
        while (take());
        for (const key of running) queue.done(key, true, now, half)
        running.clear()
        now = Math.max(now, queue.wakeAt ?? now)
      }
      expect([...owed]).toEqual([])
      expect(queue.stats).toEqual({ ready: 0, delayed: 0, running: 0, failing: 0 })
    }),
    { numRuns: 500 },
  )
})
