import { expect, test } from 'vitest'
import { type Paced, Pacer, type PacerClock } from './pacer.ts'

/** A member that must not fail. */
const member = (tick: Paced['tick']): Paced => ({
  tick,
  fail: error => {
    throw error
  },
})

class HandClock implements PacerClock {
  at = 1000
  #armed: { due: number; call: () => void } | null = null
  now = (): number => this.at
  after = (ms: number, call: () => void): (() => void) => {
    const armed = { due: this.at + ms, call }
    this.#armed = armed
    return () => {
      if (this.#armed === armed) this.#armed = null
    }
  }
  get armed(): boolean {
    return this.#armed !== null
  }
  /** Moves time on; timers fire `late` ms after they were due. */
  advance(ms: number, late = 0): void {
    const end = this.at + ms
    for (;;) {
      const armed = this.#armed
      if (!armed || armed.due + late > end) break
      this.at = Math.max(this.at, armed.due + late)
      this.#armed = null
      armed.call()
    }
    this.at = end
  }
}

test('ticks each member every 20 ms, spread over four phases', () => {
  const clock = new HandClock()
  const pacer = new Pacer(clock)
  const ticks: number[][] = [[], [], [], []]
  for (const list of ticks) pacer.add(member(now => list.push(now - 1000)))
  clock.advance(60)
  const phases = ticks.map(list => (list[0] as number) % 20).sort((a, b) => a - b)
  expect(phases).toEqual([0, 5, 10, 15])
  for (const list of ticks) {
    expect(list).toHaveLength(3)
    for (let i = 1; i < list.length; i++) expect((list[i] as number) - (list[i - 1] as number)).toBe(20)
  }
})

test('keeps the average rate when every timer is late, and names the due time', () => {
  const clock = new HandClock()
  const pacer = new Pacer(clock)
  const ticks: number[] = []
  pacer.add(member(now => ticks.push(now)))
  clock.advance(10_000, 1.7)
  expect(ticks.length).toBeGreaterThanOrEqual(499)
  expect(ticks.length).toBeLessThanOrEqual(500)
  expect(new Set(ticks.map(t => t % 20)).size).toBe(1)
})

test('after a stall catches up at most 60 ms and keeps the phase', () => {
  const clock = new HandClock()
  let skipped = 0
  const pacer = new Pacer(clock, { onSkip: ms => (skipped += ms) })
  const ticks: number[] = []
  pacer.add(member(now => ticks.push(now)))
  clock.advance(100)
  const before = ticks.length
  clock.at += 900
  clock.advance(5)
  expect(ticks.length - before).toBeLessThanOrEqual(4)
  expect(skipped).toBeGreaterThan(800)
  expect(new Set(ticks.map(t => t % 20)).size).toBe(1)
})

test('tells when all that was due at one moment has been ticked', () => {
  const clock = new HandClock()
  const seen: string[] = []
  const pacer = new Pacer(clock, { onTicked: () => seen.push('.') })
  for (let i = 0; i < 8; i++) pacer.add(member(() => seen.push('t')))
  clock.advance(20)
  expect(seen.join('')).toBe('tt.tt.tt.tt.')
})

test('owns no timer when it has no members', () => {
  const clock = new HandClock()
  const pacer = new Pacer(clock)
  const remove = pacer.add(member(() => undefined))
  expect(clock.armed).toBe(true)
  remove()
  remove()
  expect(clock.armed).toBe(false)
  expect(pacer.members).toBe(0)
})

test('a member may remove itself while it is ticked', () => {
  const clock = new HandClock()
  const pacer = new Pacer(clock)
  let count = 0
  const remove = pacer.add(
    member(() => {
      count += 1
      remove()
    }),
  )
  clock.advance(100)
  expect(count).toBe(1)
  expect(clock.armed).toBe(false)
})

test('a member whose tick throws fails alone: it is ticked no more, and the wheel goes on for the others', () => {
  const clock = new HandClock()
  const faults: unknown[] = []
  const pacer = new Pacer(clock, { onFault: error => faults.push(error) })
  const ticks = [0, 0, 0, 0, 0, 0, 0, 0]
  const failed: unknown[] = []
  for (const n of ticks.keys())
    pacer.add({
      tick: () => {
        ticks[n]! += 1
        if (n === 2) throw new Error(`call ${n}`)
      },
      fail: error => failed.push((error as Error).message),
    })
  clock.advance(200)
  expect(ticks).toEqual([10, 10, 1, 10, 10, 10, 10, 10])
  expect(failed).toEqual(['call 2'])
  expect(faults).toEqual([])
  expect(pacer.members).toBe(7)
})

test('a member that cannot even fail stops nobody', () => {
  const clock = new HandClock()
  const faults: unknown[] = []
  const pacer = new Pacer(clock, { onFault: error => faults.push((error as Error).message) })
  let count = 0
  pacer.add({
    tick: () => {
      throw new Error('tick')
    },
    fail: () => {
      throw new Error('fail')
    },
  })
  pacer.add(member(() => (count += 1)))
  clock.advance(200)
  expect(count).toBe(10)
  expect(faults).toEqual(['fail'])
})

test.each(['onTicked', 'onSkip', 'onFault'] as const)('the wheel goes on when %s throws', which => {
  const clock = new HandClock()
  const faults: unknown[] = []
  const bad = (): never => {
    throw new Error(which)
  }
  const pacer = new Pacer(clock, {
    onFault: error => faults.push((error as Error).message),
    ...(which === 'onFault' && { onTicked: bad }),
    [which]: bad,
  })
  let count = 0
  pacer.add(member(() => (count += 1)))
  clock.advance(100)
  clock.at += 900
  clock.advance(100)
  expect(count).toBeGreaterThanOrEqual(10)
  expect(clock.armed).toBe(true)
  expect(new Set(faults)).toEqual(new Set(which === 'onFault' ? [] : [which]))
})
