import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterWrites } from './counter-writes.ts'

function must(so: boolean, otherwise: string): void {
  if (!so) throw new Error(otherwise)
}

const limits = { perSecond: 10, perAgentMs: 5000 }

describe('writes of counters', () => {
  it('go at once while there is nothing to do', () => {
    const writes = new CounterWrites(limits)
    expect([writes.ask('a', 0), writes.ask('b', 1000)]).toEqual([null, null])
  })

  it('of one agent wait for a while, and take no place of others meanwhile', () => {
    const writes = new CounterWrites(limits)
    writes.ask('a', 0)
    expect(writes.ask('a', 1000)).toBe(5000)
    expect(writes.ask('b', 1000)).toBeNull()
    expect(writes.ask('a', 5000)).toBeNull()
  })

  it('of many agents have each its turn, in the order in which they asked', () => {
    const writes = new CounterWrites(limits)
    const turns = Array.from({ length: 5 }, (_, i) => writes.ask(`a${i}`, 0))
    expect(turns).toEqual([null, 100, 200, 300, 400])
    expect(writes.ask('a3', 50)).toBe(300)
    expect(writes.ask('a3', 300)).toBeNull()
  })

  it('wait at first, and hold no turn while they do', () => {
    const writes = new CounterWrites(limits, 1000)
    expect([writes.ask('a', 0), writes.ask('b', 999)]).toEqual([1000, 1000])
    expect(writes.size).toBe(0)
    expect([writes.ask('b', 1000), writes.ask('a', 1000)]).toEqual([null, 1100])
  })

  it('that another write took along need no turn', () => {
    const writes = new CounterWrites(limits)
    writes.wrote('a', 0)
    expect(writes.ask('a', 1)).toBe(5000)
  })

  it('are forgotten with their agent, and when nobody asks any more', () => {
    const writes = new CounterWrites(limits)
    for (let i = 0; i < 100; i += 1) writes.ask(`a${i}`, 0)
    writes.forget('a0')
    writes.forget('a1')
    expect(writes.size).toBe(98)
    writes.ask('b', 200_000)
    expect(writes.size).toBe(1)
  })
})

/** Agents whose counters change all the time, asked about when they are told to, or later; now and then everything stands still. */
it('never come faster than allowed, and every agent comes to write', () => {
  const run = fc.record({
    agents: fc.integer({ min: 1, max: 120 }),
    pauses: fc.array(fc.record({ at: fc.integer({ min: 0, max: 60_000 }), ms: fc.integer({ min: 0, max: 20_000 }) }), {
      maxLength: 3,
    }),
    late: fc.integer({ min: 0, max: 300 }),
  })
  fc.assert(
    fc.property(run, ({ agents, pauses, late }) => {
      const writes = new CounterWrites(limits)
      const askAt = new Map(Array.from({ length: agents }, (_, i) => [`a${i}`, i % 50]))
      const written: number[] = []
      const last = new Map<string, number>()
      for (let now = 0; now < 90_000; now += 25) {
        if (pauses.some(pause => now >= pause.at && now < pause.at + pause.ms)) continue
        for (const [agent, at] of askAt) {
          if (at > now) continue
          const again = writes.ask(agent, now)
          if (again === null) {
            must(now - (last.get(agent) ?? -Infinity) >= limits.perAgentMs, `${agent} wrote too soon`)
            last.set(agent, now)
            written.push(now)
            askAt.set(agent, now + 25)
          } else {
            must(again > now, `${agent} is told to ask at once`)
            askAt.set(agent, again + late)
          }
        }
      }
      for (const [i, at] of written.entries()) {
        // in any ten seconds: what ten seconds allow, and one second's at once
        const before = written[i - 10 * limits.perSecond - limits.perSecond - 1]
        must(before === undefined || at - before > 9900, 'too many writes')
      }
      for (let i = 0; i < agents; i += 1) expect(90_000 - (last.get(`a${i}`) ?? 0)).toBeLessThan(60_000)
    }),
    { numRuns: 60 },
  )
})
