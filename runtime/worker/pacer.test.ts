import { expect, test } from 'vitest'
import { Pacer, type PacerClock } from './pacer.ts'

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
  for (const list of ticks) pacer.add({ tick: now => list.push(now - 1000) })
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
  pacer.add({ tick: now => ticks.push(now) })
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
  pacer.add({ tick: now => ticks.push(now) })
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
  for (let i = 0; i < 8; i++) pacer.add({ tick: () => seen.push('t') })
  clock.advance(20)
  expect(seen.join('')).toBe('tt.tt.tt.tt.')
})

test('owns no timer when it has no members', () => {
  const clock = new HandClock()
  const pacer = new Pacer(clock)
  const remove = pacer.add({ tick: () => undefined })
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
  const remove = pacer.add({
    tick: () => {
      count += 1
      remove()
    },
  })
  clock.advance(100)
  expect(count).toBe(1)
  expect(clock.armed).toBe(false)
})
