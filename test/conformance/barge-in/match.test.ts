import { describe, expect, it } from 'vitest'
import { aloneOf, gapsOf, stalledIn } from '#test/measure/stalls.ts'
import type { Wire } from '#test/measure/wire.ts'
import type { SimEvent } from '#test/product/simulator-view.ts'
import { matchBursts } from './match.ts'
import type { Burst } from './plan.ts'
import { spokenOf } from './spoken.ts'

const FRAME = 160
const bursts: Burst[] = [500, 1600, 2700].map(atMs => ({ kind: 'speech', atMs, ms: 600, pause: false }))

/** A phone that sends sound at these times of its file, the first packet at t = 1000; `lateAt` is when it stands still, for 300 ms. */
function sent(sounds: readonly { at: number; ms: number }[], lateAt = Number.POSITIVE_INFINITY): Wire {
  const samples = new Int16Array(4000 * 8).fill(8)
  for (const { at, ms } of sounds) samples.fill(3000, at * 8, (at + ms) * 8)
  const packets = Array.from({ length: 200 }, (_, i) => ({
    t: 1000 + i * 20 + (i * 20 >= lateAt ? 300 : 0),
    sample: i * FRAME,
    ms: 20,
    loud: true,
  }))
  return { packets, samples, lost: 0 }
}
const asPlanned = bursts.map(({ atMs, ms }) => ({ at: atMs + 40, ms }))

const event = (t: number, type: string): SimEvent => ({ n: t, t, wall: '', session: 's', dir: 'out', type })
const heard = (from: number, to = from + 700): SimEvent[] => [
  event(from, 'input_audio_buffer.speech_started'),
  event(to, 'input_audio_buffer.speech_stopped'),
]

describe('bursts on the wire', () => {
  it('begin where the phone sent them', () => {
    expect(spokenOf(bursts, sent(asPlanned)).map(s => [s.from, s.to])).toEqual([
      [1540, 2140],
      [2640, 3240],
      [3740, 4340],
    ])
  })

  it('begin later when the phone slipped, or stood still', () => {
    const slipped = asPlanned.map((s, i) => (i === 0 ? s : { ...s, at: s.at + 200 }))
    expect(spokenOf(bursts, sent(slipped)).map(s => s.from)).toEqual([1540, 2840, 3940])
    expect(spokenOf(bursts, sent(asPlanned, 1200)).map(s => s.from)).toEqual([1540, 2940, 4040])
    const slippedFar = asPlanned.map((s, i) => (i === 0 ? s : { ...s, at: s.at + 500 }))
    expect(spokenOf(bursts, sent(slippedFar)).map(s => s.from)).toEqual([1540, 3140, 4240])
  })

  it('are missing when the phone did not send them', () => {
    const spoken = spokenOf(bursts, sent(asPlanned.toSpliced(1, 1)))
    expect(spoken.map(s => s.missing)).toEqual([false, true, false])
    expect(
      matchBursts(spoken, [...heard(1600), ...heard(3800)], []).matched.map(m => [m.startedAt, m.disturbed]),
    ).toEqual([
      [1600, false],
      [null, true],
      [3800, false],
    ])
  })

  it('are one although there is a pause in them', () => {
    const paused = [{ at: 540, ms: 200 }, { at: 860, ms: 280 }, ...asPlanned.slice(1)]
    expect(spokenOf(bursts, sent(paused)).map(s => s.from)).toEqual([1540, 2640, 3740])
  })
})

describe('stalls', () => {
  const stalled = sent(asPlanned, 1200)

  it('are where packets are missing for more than 40 ms', () => {
    expect(gapsOf(sent(asPlanned))).toEqual([])
    expect(gapsOf(stalled)).toEqual([{ from: 2180, to: 2500 }])
    expect([2100, 2300, 2600].map(t => stalledIn(gapsOf(stalled), t, t + 50))).toEqual([false, true, false])
  })

  it('are none when packets came to others, unless the capture lost some', () => {
    const other = sent(asPlanned)
    const both = { ...stalled, packets: stalled.packets.map(p => ({ ...p, t: p.t + 7 })) }
    const heldUp = { ...both, packets: both.packets.map(p => (p.t > 2400 && p.t < 2520 ? { ...p, t: 2300 } : p)) }
    expect(aloneOf(stalled, [both])).toEqual([])
    expect(aloneOf(stalled, [heldUp])).toEqual([])
    expect(aloneOf(stalled, [both, other])).toEqual([{ from: 2180, to: 2500 }])
    expect(aloneOf({ ...stalled, lost: 1 }, [other])).toEqual([])
  })
})

describe('what the provider heard', () => {
  const spoken = spokenOf(bursts, sent(asPlanned))

  it('is the burst that it began with', () => {
    const { matched, strange } = matchBursts(spoken, [...heard(1600), ...heard(2710), ...heard(3800)], [])
    expect(matched.map(m => [m.startedAt, m.stoppedAt, m.afterMs])).toEqual([
      [1600, 2300, 60],
      [2710, 3410, 70],
      [3800, 4500, 60],
    ])
    expect(strange).toEqual([])
  })

  it('is nobody when it comes before the burst, or too late', () => {
    const { matched, strange } = matchBursts(spoken, [...heard(1530), ...heard(3000), ...heard(3800)], [])
    expect(matched.map(m => m.startedAt)).toEqual([null, null, 3800])
    expect(strange).toEqual([1530, 3000])
  })

  it('is not timed when packets were late just then', () => {
    const short = [{ from: 1640, to: 1700 }]
    const events = [...heard(1600), ...heard(2710), ...heard(3800)]
    expect(matchBursts(spoken, events, short).matched.map(m => m.disturbed)).toEqual([true, false, false])
    const before = [{ from: 1500, to: 1560 }]
    expect(matchBursts(spoken, events, before).matched.map(m => m.disturbed)).toEqual([false, false, false])
  })

  it('may seem to come before its beginning where packets were late', () => {
    const { matched, strange } = matchBursts(spoken, heard(1500), [{ from: 1450, to: 1550 }])
    expect([matched[0]?.startedAt, strange]).toEqual([1500, []])
  })

  it('may come late, in two, or not at all where packets were late', () => {
    const events = [...heard(2100, 2200), ...heard(2300), ...heard(3800)]
    const { matched, strange } = matchBursts(spoken, events, [{ from: 1700, to: 2500 }])
    expect(matched.map(m => [m.startedAt, m.disturbed])).toEqual([
      [2100, true],
      [null, true],
      [3800, false],
    ])
    expect(strange).toEqual([])
  })
})
