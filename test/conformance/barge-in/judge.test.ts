import { describe, expect, it } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { encode } from '#simulators/watermark/encode.ts'
import type { Wire } from '#test/measure/wire.ts'
import type { SimEvent, SimItem } from '#test/product/simulator-view.ts'
import { type Evidence, judge } from './judge.ts'
import type { Burst } from './plan.ts'

const FRAME = 160

/** `ms` of an item's watermark. */
function voice(mark: number, ms: number): Int16Array {
  const out = new Int16Array(Math.round(ms * 8))
  for (let at = 0; at < out.length; at += FRAME)
    out.set(expand('ulaw', encode(mark, at / FRAME)).subarray(0, out.length - at), at)
  return out
}

const silence = (ms: number): Int16Array => new Int16Array(ms * 8)
const joined = (...parts: Int16Array[]): Int16Array => Int16Array.from(parts.flatMap(p => [...p]))

/** Packets of 20 ms from t = 0 on. */
function wireOf(samples: Int16Array): Wire {
  const packets = Array.from({ length: Math.ceil(samples.length / FRAME) }, (_, i) => ({
    t: i * 20,
    sample: i * FRAME,
    ms: 20,
    loud: samples.subarray(i * FRAME, (i + 1) * FRAME).some(s => s !== 0),
  }))
  return { packets, samples, lost: 0 }
}

let n = 0
const event = (t: number, dir: SimEvent['dir'], type: string, body: Record<string, unknown> = {}): SimEvent => ({
  n: n++,
  t,
  wall: '',
  session: 's',
  dir,
  type,
  event: body,
})
const started = (t: number) => event(t, 'out', 'input_audio_buffer.speech_started')
const stopped = (t: number) => event(t, 'out', 'input_audio_buffer.speech_stopped')
const added = (t: number, id: string) => event(t, 'out', 'response.output_item.added', { item: { id } })
const completed = (t: number, id: string) =>
  event(t, 'out', 'response.output_item.done', { item: { id, status: 'completed' } })
const truncate = (t: number, item_id: string, audio_end_ms: number) =>
  event(t, 'in', 'conversation.item.truncate', { item_id, audio_end_ms })
const item = (mark: number, audioMs: number, truncatedMs: number | null): SimItem => ({
  item: `item-${mark}`,
  type: 'message',
  role: 'assistant',
  mark,
  audioMs,
  truncatedMs,
  text: '',
})
const speech: Burst = { kind: 'speech', atMs: 500, ms: 600, pause: false }
/** A burst as it was on the wire: detection took 60 ms. */
const at = (startedAt: number, burst: Burst = speech) => ({
  burst,
  from: startedAt - 60,
  to: startedAt + 740,
  missing: false,
})
const noise: Burst = { ...speech, kind: 'noise', ms: 100 }

/** An item of 2 s begins at 0, one of 1 s waits behind it; the caller speaks at 500 and is heard at 600; silence from 610 on. */
function evidence(with_: { heardMs?: number; cut?: number; second?: number | null; burst?: Burst } = {}): Evidence {
  const { heardMs = 610, cut = 610, second = 0, burst = speech } = with_
  const heard = joined(voice(1, heardMs), silence(3000))
  const told = second === null ? [] : [truncate(800, 'item-2', second)]
  const events = [added(0, 'item-1'), completed(300, 'item-1'), added(300, 'item-2'), completed(400, 'item-2')]
  events.push(started(600), truncate(800, 'item-1', cut), ...told, stopped(1400))
  return {
    spoken: [at(600, burst)],
    stalls: [],
    alone: [],
    events,
    items: [item(1, 2000, cut), item(2, 1000, second)],
    heard,
    wire: wireOf(heard),
  }
}

const faultsOf = (e: Evidence): string[] => {
  const { faults, verdicts } = judge(e)
  return [...faults, ...verdicts.flatMap(v => v.faults)]
}

describe('the judge of barge-in', () => {
  it('passes what is right, and says what it was', () => {
    const { verdicts, faults, whole } = judge(evidence())
    expect(faults).toEqual([])
    expect(whole).toBe(0)
    expect(verdicts).toMatchObject([{ met: true, stopMs: 20, faults: [] }])
    expect(verdicts[0]?.cut.map(i => [i.mark, i.heardMs])).toEqual([
      [1, 610],
      [2, 0],
    ])
    expect(verdicts[0]?.classes).toContain('with items of the response never heard')
  })

  it.each([
    ['cut at less than 20 ms before', 590.5, []],
    ['cut 20 ms before', 590, ['20 ms before the end of what was heard']],
    ['cut a millisecond beyond', 611, ['beyond what was heard']],
    ['cut 200 ms beyond', 810, ['beyond what was heard']],
  ])('%s', (_, cut, wrong) => {
    expect(faultsOf(evidence({ cut }))).toEqual(wrong.map(w => expect.stringContaining(w)))
  })

  it('finds an agent that goes on', () => {
    expect(faultsOf(evidence({ heardMs: 700, cut: 700 }))).toEqual([expect.stringContaining('heard for 100 ms more')])
  })

  it('finds an item that the provider believes was heard', () => {
    const e = evidence({ second: null })
    expect(faultsOf(e)).toEqual([expect.stringContaining('item 2: 0 of 1000 ms were heard')])
  })

  it('finds an unheard item that was not cut to 0', () => {
    expect(faultsOf(evidence({ second: 1 }))).toEqual([expect.stringContaining('1 ms beyond')])
  })

  it('finds a noise that interrupts', () => {
    expect(faultsOf(evidence({ burst: noise }))).toEqual([expect.stringContaining('noise cut item 1')])
  })

  it('finds a fully heard item that was cut', () => {
    const e = evidence({ heardMs: 2000, cut: 2000 })
    expect(faultsOf(e)).toContainEqual(expect.stringContaining('fully heard, and truncated'))
  })

  it('finds samples that a pause lost', () => {
    const e = evidence()
    const heard = joined(voice(1, 300), silence(200), voice(1, 610).subarray(2408), silence(2000))
    expect(faultsOf({ ...e, heard })).toContainEqual(expect.stringContaining('something else'))
  })

  it('finds what the phone recorded of nobody', () => {
    const e = evidence()
    const heard = joined(voice(1, 610), silence(2000), voice(77, 400))
    expect(faultsOf({ ...e, heard })).not.toEqual([])
  })

  it('finds a burst that the provider never heard, and speech that is no burst', () => {
    const e = evidence()
    const missed = judge({ ...e, spoken: [at(600), at(3100)] })
    expect(missed.verdicts[1]).toMatchObject({ startedAt: null, faults: ['the provider heard no speech'] })
    const more = [...e.events, started(2500), stopped(2900)]
    expect(faultsOf({ ...e, events: more })).toEqual([expect.stringContaining('belongs to no burst')])
  })

  it('finds a truncation that the provider refused, and one that was said twice', () => {
    const e = evidence()
    const refused = event(801, 'out', 'error', { error: { code: 'bad', event_id: 'x' } })
    const asked = event(800.5, 'in', 'conversation.item.truncate', { item_id: 'item-1', event_id: 'x' })
    const faults = faultsOf({ ...e, events: [...e.events, asked, refused] })
    expect(faults).toContainEqual(expect.stringContaining('was refused'))
    expect(faults).toContainEqual(expect.stringContaining('truncated 2 times'))
  })

  it('does not time a burst around which packets were late, and judges its items all the same', () => {
    const stalls = [{ from: 620, to: 720 }]
    const late = { ...evidence({ heardMs: 700, cut: 700 }), stalls }
    expect(faultsOf(late)).toEqual([])
    expect(judge(late).verdicts).toMatchObject([{ disturbed: true }])
    expect(faultsOf({ ...evidence({ cut: 810 }), stalls })).toEqual([expect.stringContaining('beyond what was heard')])
    const unheard = evidence({ second: null }).events.filter(e => e.dir !== 'out' || e.t < 600)
    expect(faultsOf({ ...evidence(), stalls, events: unheard })).not.toContain('the provider heard no speech')
  })

  it('finds that packets stopped in one call alone', () => {
    expect(faultsOf({ ...evidence(), alone: [{ from: 620, to: 720 }] })).toEqual([expect.stringContaining('100 ms')])
  })

  it('judges only what is certain of a few samples that may be of either of two items', () => {
    const few = (second: number, third: number) => {
      const e = evidence()
      const events = [truncate(800, 'item-2', second), truncate(800, 'item-3', third)]
      const items = [item(1, 610, null), item(2, 1000, second), item(3, 1000, third)]
      const heard = joined(voice(1, 610), voice(2, 5), silence(3000))
      const kept = e.events.filter(({ type }) => type !== 'conversation.item.truncate')
      return { ...e, events: [...kept, ...events, added(400, 'item-3')], items, heard, wire: wireOf(heard) }
    }
    expect(judge(few(5, 0)).items.map(i => [i.surelyHeardMs, i.heardMs])).toEqual([
      [610, 610],
      [0, 5],
      [0, 5],
    ])
    expect(faultsOf(few(5, 0))).toEqual([])
    expect(faultsOf(few(6, 0))).toEqual([expect.stringContaining('item 2: truncated at 6 ms, 1 ms beyond')])
  })

  it.each([
    [1657.125, []],
    [1656.5, [expect.stringContaining('item 1: 1656.5 of 1657.75 ms were heard, and the provider does not know')]],
  ])('counts as whole what lacks less than a truncation can say: %s ms of 1657.75', (heardMs, faults) => {
    const e = evidence()
    const events = [added(0, 'item-1'), completed(300, 'item-1'), started(2600), stopped(3400)]
    const heard = joined(voice(1, heardMs), silence(2000))
    const judged = { ...e, spoken: [at(2600)], events, items: [item(1, 1657.75, null)], heard, wire: wireOf(heard) }
    expect(faultsOf(judged)).toEqual(faults)
  })

  it('does not count a burst that met a silent agent', () => {
    const e = evidence()
    const late = [added(0, 'item-1'), completed(300, 'item-1'), started(2600), stopped(3400)]
    const heard = joined(voice(1, 2000), silence(2000))
    const spoken = [at(2600)]
    const judged = judge({ ...e, spoken, events: late, items: [item(1, 2000, null)], heard, wire: wireOf(heard) })
    expect(judged).toMatchObject({ whole: 1, faults: [], verdicts: [{ met: false, stopMs: null, faults: [] }] })
  })
})
