import { describe, expect, it } from 'vitest'
import { DEFAULT_EVENT_POLICY, type EventEffect, newEventsState, type Occurrence } from './state.ts'
import { flush, occur, wake } from './step.ts'

const POLICY = DEFAULT_EVENT_POLICY
const about = (name: string, reason = 'Failed', note = 'x'): Occurrence => ({
  regarding: { apiVersion: 'v1', kind: 'Pod', namespace: 'acme', name, uid: `u-${name}` },
  type: 'Warning',
  reason,
  action: 'Create',
  note,
})

function world() {
  const s = newEventsState()
  const out: EventEffect[] = []
  return {
    s,
    occur: (what: Occurrence, now: number) => occur(s, what, now, POLICY, out),
    wake: (now: number) => wake(s, now, POLICY, out),
    flush: (now: number) => flush(s, now, POLICY, out),
    took: () => out.splice(0).map(e => (e.do === 'count' ? `count ${e.id} ${e.count}` : `${e.do} ${e.id}`)),
  }
}

describe('events', () => {
  it('are written at once, and counted when they come again, whatever their words', () => {
    const w = world()
    w.occur(about('a'), 0)
    expect(w.took()).toEqual(['create 1'])
    for (let i = 1; i <= 50; i++) w.occur(about('a', 'Failed', `try ${i}`), i * 100)
    expect(w.took()).toEqual([])
    w.wake(10_000)
    expect(w.took()).toEqual(['count 1 51'])
    w.occur(about('a'), 10_100)
    w.wake(20_000)
    expect(w.took()).toEqual([])
    w.wake(30_000)
    expect(w.took()).toEqual(['count 1 52'])
  })

  it('of other reasons or objects are others', () => {
    const w = world()
    w.occur(about('a'), 0)
    w.occur(about('b'), 0)
    w.occur(about('a', 'Other'), 0)
    expect(w.took()).toEqual(['create 1', 'create 2', 'create 3'])
  })

  it('begin anew after a quiet time, and leave nothing behind', () => {
    const w = world()
    w.occur(about('a'), 0)
    w.took()
    expect(w.s.wakeAt).toBe(POLICY.seriesMs)
    w.wake(POLICY.seriesMs)
    expect(w.took()).toEqual(['forget 1'])
    expect(w.s.series.size).toBe(0)
    expect(w.s.wakeAt).toBeNull()
    w.occur(about('a'), POLICY.seriesMs + 1)
    expect(w.took()).toEqual(['create 2'])
  })

  it('of one object are limited, and those of another are not touched by that', () => {
    const w = world()
    for (let i = 0; i < 40; i++) w.occur(about('a', `Reason${i}`), 0)
    expect(w.took().length).toBe(POLICY.burst)
    expect(w.s.dropped).toBe(40 - POLICY.burst)
    w.occur(about('b'), 0)
    expect(w.took().length).toBe(1)
    w.occur(about('a', 'Later'), POLICY.refillMs)
    expect(w.took().filter(e => e.startsWith('create')).length).toBe(1)
  })

  it('take bounded memory', () => {
    const w = world()
    for (let i = 0; i < POLICY.maxSeries + 500; i++) w.occur(about(`p${i}`), i)
    expect(w.s.series.size).toBeLessThanOrEqual(POLICY.maxSeries)
    expect(w.s.budgets.size).toBeLessThanOrEqual(POLICY.maxSeries)
  })

  it('are all counted before the end', () => {
    const w = world()
    w.occur(about('a'), 0)
    w.occur(about('a'), 1)
    w.took()
    w.flush(2)
    expect(w.took()).toEqual(['count 1 2'])
  })
})
