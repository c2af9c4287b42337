import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TelephoneEventReceiver } from './telephone-event.ts'
import { TelephoneEventSender } from './telephone-event-sender.ts'

interface Sent {
  timestamp: number
  marker: boolean
  payload: Uint8Array
}

function receiver(): { keys: [string, number][]; take(p: Sent, now: number): void; r: TelephoneEventReceiver } {
  const keys: [string, number][] = []
  const r = new TelephoneEventReceiver((digit, ms) => keys.push([digit, ms]))
  return { keys, r, take: (p, now) => r.packet(p.timestamp, p.marker, p.payload, 0, p.payload.length, now) }
}

const packet = (timestamp: number, event: number, duration: number, end = false, marker = false): Sent => ({
  timestamp,
  marker,
  payload: Uint8Array.of(event, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff),
})

/** A press of `ms` as a phone says it: updates each 20 ms, three ends. */
function press(event: number, timestamp: number, ms: number): Sent[] {
  const out: Sent[] = []
  for (let d = 160; d < ms * 8; d += 160) out.push(packet(timestamp, event, d, false, d === 160))
  for (let i = 0; i < 3; i++) out.push(packet(timestamp, event, ms * 8, true))
  return out
}

describe('TelephoneEventReceiver', () => {
  it('makes one key of a press, with its length', () => {
    const t = receiver()
    for (const [i, p] of press(11, 8000, 120).entries()) t.take(p, i * 20)
    expect(t.keys).toEqual([['#', 120]])
  })
  it('knows two presses of the same key by their timestamps', () => {
    const t = receiver()
    for (const p of [...press(1, 1000, 80), ...press(1, 3000, 100)]) t.take(p, 0)
    expect(t.keys).toEqual([
      ['1', 80],
      ['1', 100],
    ])
  })
  it('ends a press whose ends were lost: by the clock, or by the next one', () => {
    const t = receiver()
    for (const p of press(5, 1000, 100).slice(0, 3)) t.take(p, 0)
    t.r.tick(149)
    expect(t.keys).toEqual([])
    t.r.tick(150)
    expect(t.keys).toEqual([['5', 60]])
    for (const p of press(6, 5000, 100).slice(0, 2)) t.take(p, 200)
    t.take(packet(9000, 7, 160), 210)
    expect(t.keys[1]).toEqual(['6', 40])
  })
  it('hears a press of which only one end came', () => {
    const t = receiver()
    t.take(packet(700, 9, 800, true), 0)
    expect(t.keys).toEqual([['9', 100]])
  })
  it('ignores stragglers of a press before', () => {
    const t = receiver()
    const [first, second] = [press(1, 1000, 60), press(2, 2000, 60)]
    for (const p of [...first, ...second, ...first, ...second]) t.take(p, 0)
    expect(t.keys.map(k => k[0])).toEqual(['1', '2'])
  })
  it('adds the segments of a press longer than 16 bits', () => {
    const t = receiver()
    t.take(packet(1000, 3, 0xffff, false, true), 0)
    t.take(packet(1000 + 0xffff, 3, 800), 20)
    t.take(packet(1000 + 0xffff, 3, 1600, true), 40)
    expect(t.keys).toEqual([['3', Math.round((0xffff + 1600) / 8)]])
  })
  it('ignores flash, other events and cut payloads', () => {
    const t = receiver()
    t.take(packet(1, 16, 800, true), 0)
    t.take({ timestamp: 2, marker: true, payload: Uint8Array.of(1, 0x80, 3) }, 0)
    expect(t.keys).toEqual([])
  })
  it('hears each key exactly once under any loss, disorder within a press, and repetition', () => {
    const digits = fc.array(fc.nat(15), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(digits, fc.infiniteStream(fc.nat(99)), (events, dice) => {
        const t = receiver()
        let now = 0
        for (const [i, event] of events.entries()) {
          const packets = press(event, (0xffff_f000 + i * 2000) >>> 0, 100)
          const kept = packets.filter(() => dice.next().value! < 60)
          const sent = kept.length > 0 ? kept : packets.slice(-1)
          for (const p of sent) {
            t.take(p, (now += 20))
            if (dice.next().value! < 30) t.take(p, now)
          }
          now += 200
          t.r.tick(now)
        }
        expect(t.keys.map(k => '0123456789*#ABCD'.indexOf(k[0]))).toEqual(events)
      }),
    )
  })
  it('never throws on random payloads', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(0xffffffff), fc.boolean(), fc.uint8Array({ maxLength: 8 })), { maxLength: 30 }),
        packets => {
          const t = receiver()
          for (const [i, [timestamp, marker, payload]] of packets.entries())
            t.take({ timestamp, marker, payload }, i * 20)
          t.r.tick(1e6)
          expect(t.r.active).toBe(false)
        },
      ),
    )
  })
})

describe('TelephoneEventSender', () => {
  it('says start, updates and three ends, then a pause', () => {
    const s = new TelephoneEventSender()
    expect(s.queue('7', 8, { toneMs: 60, gapMs: 80 })).toBe(true)
    const out = new Uint8Array(4)
    const said: string[] = []
    for (let clock = 1000; s.active; clock += 160) {
      const what = s.step(out, 0, clock, 160)
      said.push(
        what === 'pause' ? what : `${what} ${s.timestamp} ${out[0]} ${out[1]! >> 7} ${(out[2]! << 8) | out[3]!}`,
      )
    }
    expect(said).toEqual([
      'begin 1000 7 0 160',
      'goOn 1000 7 0 320',
      'goOn 1000 7 1 480',
      'goOn 1000 7 1 480',
      'goOn 1000 7 1 480',
      'pause',
      'pause',
    ])
  })
  it('refuses what is no key, and more than it can keep', () => {
    const s = new TelephoneEventSender()
    expect(s.queue('12x', 8)).toBe(false)
    expect(s.active).toBe(false)
    expect(s.queue('1'.repeat(64), 8)).toBe(true)
    expect(s.queue('1', 8)).toBe(false)
  })
  it('is understood by the receiver', () => {
    const s = new TelephoneEventSender()
    const t = receiver()
    s.queue('0123456789*#abcd', 8)
    const out = new Uint8Array(4)
    for (let clock = 0; s.active; clock += 160) {
      const what = s.step(out, 0, clock, 160)
      if (what !== 'pause') t.take({ timestamp: s.timestamp, marker: what === 'begin', payload: out }, clock / 8)
    }
    expect(t.keys.map(k => k[0]).join('')).toBe('0123456789*#ABCD')
    expect(new Set(t.keys.map(k => k[1]))).toEqual(new Set([100]))
  })
})
