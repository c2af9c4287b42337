import { describe, expect, it } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { encode } from '#simulators/watermark/encode.ts'
import type { Wire } from '#test/measure/wire.ts'
import type { SimEvent, SimItem } from '#test/product/simulator-view.ts'
import { type Evidence, judge } from './judge.ts'

const FRAME = 160

function voice(mark: number, ms: number): Int16Array {
  const out = new Int16Array(ms * 8)
  for (let at = 0; at < out.length; at += FRAME) out.set(expand('ulaw', encode(mark, at / FRAME)), at)
  return out
}

const silence = (ms: number): Int16Array => new Int16Array(ms * 8)
const joined = (...parts: Int16Array[]): Int16Array => Int16Array.from(parts.flatMap(p => [...p]))

/** Packets of 20 ms from t = 1000 on; none where `missing` says so. */
function wireOf(samples: Int16Array, missing: (ms: number) => boolean = () => false): Wire {
  const packets = Array.from({ length: samples.length / FRAME }, (_, i) => {
    const audio = samples.subarray(i * FRAME, (i + 1) * FRAME)
    return { t: 1000 + i * 20, sample: i * FRAME, ms: 20, loud: audio.some(s => s !== 0) }
  }).filter(p => !missing(p.sample / 8))
  return { packets, samples, lost: 0 }
}

let n = 0
const event = (t: number, dir: SimEvent['dir'], type: string, body: Record<string, unknown>): SimEvent => ({
  n: n++,
  t,
  wall: '',
  session: 's',
  dir,
  type,
  event: body,
})
const response = (t: number, id: string, item: string): SimEvent[] => [
  event(t, 'out', 'response.created', { response: { id } }),
  event(t + 10, 'out', 'response.output_item.added', { response_id: id, item: { id: item } }),
]
const truncate = (t: number, item_id: string): SimEvent => event(t, 'in', 'conversation.item.truncate', { item_id })
const item = (mark: number, audioMs: number): SimItem => ({
  item: `i${mark}`,
  type: 'message',
  role: 'assistant',
  mark,
  audioMs,
  truncatedMs: null,
  text: '',
})

/** The agent speaks for 2 s from 1500 on, with nobody else. */
function evidence(sound = joined(silence(500), voice(1, 2000), silence(1500)), over: Partial<Evidence> = {}): Evidence {
  return {
    kind: 'watermark',
    says: [],
    events: response(1400, 'r1', 'i1'),
    items: [item(1, 2000)],
    wire: wireOf(sound),
    ...over,
  }
}

describe('the judge of echo', () => {
  it('passes an agent that goes on', () => {
    expect(judge(evidence())).toMatchObject({ echoMs: 2000, falseBargeIns: [], pauses: [], doubleTalk: [] })
  })

  it('finds an agent that its echo stopped, truncated or not', () => {
    const cut = joined(silence(500), voice(1, 700), silence(3000))
    expect(judge(evidence(cut)).falseBargeIns).toEqual(['r1: 700 of 2000 ms were heard'])
    const e = evidence()
    const truncated = { ...e, events: [...e.events, truncate(3000, 'i1')] }
    expect(judge(truncated).falseBargeIns).toEqual(['r1: was truncated'])
    const cancelled = { ...e, events: [...e.events, event(3000, 'in', 'response.cancel', { response_id: 'r1' })] }
    expect(judge(cancelled).falseBargeIns).toEqual(['r1: was cancelled'])
  })

  it('counts pauses, and tells them from a machine that was too busy', () => {
    const sound = joined(silence(500), voice(1, 700), silence(140), voice(1, 2000).subarray(700 * 8), silence(500))
    expect(judge(evidence(sound))).toMatchObject({ falseBargeIns: [], pauses: [140], stallsMs: 0 })
    const stalled = wireOf(sound, ms => ms >= 1200 && ms < 1340)
    expect(judge(evidence(sound, { wire: stalled }))).toMatchObject({ falseBargeIns: [], pauses: [], stallsMs: 140 })
  })

  it('finds samples that were left out, unless the capture lost them', () => {
    const sound = joined(silence(500), voice(1, 700), silence(20), voice(1, 2000).subarray(720 * 8), silence(500))
    expect(judge(evidence(sound)).falseBargeIns).toEqual(['r1: 160 samples were left out'])
    const lossy = { ...wireOf(sound), lost: 1 }
    expect(judge(evidence(sound, { wire: lossy })).falseBargeIns).toEqual([])
  })

  it('finds an agent that answers its own echo', () => {
    const sound = joined(silence(500), voice(1, 2000), silence(1000), voice(2, 1000), silence(500))
    const events = [...response(1400, 'r1', 'i1'), ...response(4400, 'r2', 'i2')]
    const e = evidence(sound, { events, items: [item(1, 2000), item(2, 1000)] })
    expect(judge(e).falseBargeIns).toEqual(['r2 answers nobody'])
    expect(judge({ ...e, says: [{ from: 3700, to: 4200 }] }).falseBargeIns).toEqual([])
  })

  it('times the caller who speaks over the echo', () => {
    const sound = joined(silence(500), voice(1, 700), silence(3000))
    const says = [{ from: 2100, to: 3000 }]
    const e = evidence(sound, { says })
    const told = { ...e, events: [...e.events, truncate(2400, 'i1')] }
    expect(judge(told)).toMatchObject({ falseBargeIns: [], doubleTalk: [{ stopMs: 100, toldMs: 300 }], echoMs: 600 })
    expect(judge(e).doubleTalk).toEqual([{ stopMs: 100, toldMs: null }])
    expect(judge(evidence(undefined, { says })).doubleTalk).toEqual([{ stopMs: 1400, toldMs: null }])
  })

  it('takes the same words of the next response for nothing of the one that was cut', () => {
    const says = [{ from: 2100, to: 3000 }]
    const again = [item(1, 2000), item(2, 1000), item(3, 1000)]
    // The second item of the first response, never heard, sounds as the answer to the caller does.
    const sound = joined(silence(500), voice(1, 700), silence(2000), voice(2, 1000), silence(1500))
    const events = [
      ...response(1400, 'r1', 'i1'),
      event(1420, 'out', 'response.output_item.added', { response_id: 'r1', item: { id: 'i2' } }),
      truncate(2400, 'i1'),
      ...response(4100, 'r2', 'i3'),
    ]
    const judged = judge(
      evidence(sound, { says, events, items: again.map(i => (i.item === 'i3' ? { ...i, mark: 2 } : i)) }),
    )
    expect(judged.doubleTalk).toEqual([{ stopMs: 100, toldMs: 300 }])
  })

  it('counts the truncation of an item of which no sound was heard', () => {
    const sound = joined(silence(500), voice(1, 1000), silence(3000))
    const events = [
      ...response(1400, 'r1', 'i1'),
      event(1420, 'out', 'response.output_item.added', { response_id: 'r1', item: { id: 'i2' } }),
      truncate(2650, 'i2'),
    ]
    const judged = judge(
      evidence(sound, { says: [{ from: 2450, to: 3000 }], events, items: [item(1, 1000), item(2, 1000)] }),
    )
    expect(judged.doubleTalk).toEqual([{ stopMs: 50, toldMs: 200 }])
  })

  it('takes no cut before the caller’s first sound for the caller’s', () => {
    const sound = joined(silence(500), voice(1, 700), silence(3000))
    const e = evidence(sound, { says: [{ from: 2500, to: 3000 }] })
    const judged = judge({ ...e, events: [...e.events, truncate(2300, 'i1')] })
    expect(judged.falseBargeIns).toEqual(['r1: 700 of 2000 ms were heard'])
  })
})
