import { expect, it } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { encode } from '#simulators/watermark/encode.ts'
import type { HeardCall } from '#test/phones/line.ts'
import type { Evidence } from './column.ts'
import { bargeIn } from './columns/barge-in.ts'
import { generalFaults } from './general.ts'
import { heardItems } from './heard.ts'
import type { Seen, SpokenItem, Told } from './seen.ts'

const PER_MS = 8
/** Of the recording: when its first sample was heard. */
const BEGAN = 10_000

/** A recording: silence, then so many ms of each item, with silence between. */
function sounds(...parts: readonly (readonly [mark: number, ms: number, pauseAt?: number])[]): Int16Array {
  const out: number[] = []
  const silence = (ms: number): void => void out.push(...new Int16Array(ms * PER_MS))
  for (const [mark, ms, pauseAt] of parts) {
    silence(200)
    const sound = Array.from({ length: Math.ceil(ms / 20) }, (_, frame) => [...expand('ulaw', encode(mark, frame))])
    const samples = sound.flat().slice(0, ms * PER_MS)
    out.push(...samples.slice(0, (pauseAt ?? ms) * PER_MS))
    if (pauseAt === undefined) continue
    silence(130)
    out.push(...samples.slice(pauseAt * PER_MS))
  }
  silence(900)
  return Int16Array.from(out)
}

function evidence(
  heard: Int16Array,
  items: readonly SpokenItem[],
  told: readonly Told[],
  more: Partial<HeardCall> & { speech?: number[] } = {},
): Evidence {
  const { speech = [], ...rest } = more
  const call: HeardCall = {
    answeredAt: BEGAN,
    heard,
    timed: { samples: heard, timeOf: sample => BEGAN + sample / PER_MS },
    said: [],
    ended: { by: 'caller', at: BEGAN + heard.length / PER_MS },
    stalls: [],
    torn: 0,
    refused: [],
    people: [],
    ...rest,
  }
  const seen: Seen = { sessions: [], items, speech, texts: [], toolAnswers: [], told, errors: [] }
  const own = heardItems(call, items)
  const people = { toolRequests: [], rendered: [], desk: '', people: [] }
  return { caller: 'Sip', provider: 'OpenAI', call, seen, items: own, ...people }
}

const item = (mark: number, audioMs: number): SpokenItem => ({ mark, audioMs, text: '' })

it.each<[string, Int16Array, SpokenItem[], Told[], RegExp[]]>([
  ['all heard, nothing told', sounds([1, 700], [2, 640]), [item(1, 700), item(2, 640)], [], []],
  ['a pause in mid-frame loses nothing', sounds([1, 700, 333]), [item(1, 700)], [], []],
  ['cut, and told', sounds([1, 500]), [item(1, 3000)], [{ mark: 1, ms: 490, at: 0 }], []],
  ['told beyond', sounds([1, 500]), [item(1, 3000)], [{ mark: 1, ms: 520, at: 0 }], [/told 520 ms, and 500 ms were/]],
  ['cut, and not told', sounds([1, 500]), [item(1, 3000)], [], [/500 of 3000 ms were heard, and the model does not/]],
  ['whole, and told', sounds([1, 700]), [item(1, 700)], [{ mark: 1, ms: 300, at: 0 }], [/was heard whole/]],
  ['words that nobody said', sounds([1, 700]), [item(1, 700)], [{ mark: -1, ms: 300, at: 0 }], [/nobody said/]],
])('%s', (_name, heard, items, told, faults) => {
  const found = generalFaults(evidence(heard, items, told))
  expect(found).toHaveLength(faults.length)
  for (const [i, fault] of faults.entries()) expect(found[i]).toMatch(fault)
})

it('a frame that is missing in the middle', () => {
  const heard = sounds([1, 700])
  heard.copyWithin(200 * PER_MS + 320, 200 * PER_MS + 480)
  expect(generalFaults(evidence(heard, [item(1, 700)], []))[0]).toMatch(/frames are missing/)
})

it('what the end of the call cuts is told to nobody', () => {
  const heard = sounds([1, 500]).subarray(0, 720 * PER_MS)
  expect(generalFaults(evidence(heard, [item(1, 3000)], []))).toEqual([])
})

/** A greeting, three offers that are cut at 1000 ms, two whole answers. */
function interrupted(lateMs: number, errorMs: number): Evidence {
  const offers = [2, 3, 4]
  const all: [number, number][] = [
    [1, 400],
    ...offers.map(mark => [mark, 1000] as [number, number]),
    [5, 400],
    [6, 400],
  ]
  const heard = sounds(...all)
  const endOf = (i: number): number => BEGAN + all.slice(0, i + 1).reduce((sum, [, ms]) => sum + 200 + ms, 0)
  const speech = offers.map((_, i) => endOf(i + 1) - lateMs)
  const said = speech.map(at => ({ from: at - 40, to: at + 900 }))
  const told = offers.map((mark, i) => ({ mark, ms: 1000 + errorMs, at: endOf(i + 1) + 300 }))
  const items = all.map(([mark, ms]) => item(mark, offers.includes(mark) ? 6000 : ms))
  return evidence(heard, items, told, { speech, said })
}

it('measures interruptions', () => {
  const { faults, silenceMs = [], errorsMs = [], mouthMs = [] } = bargeIn.judge(interrupted(30, -7))
  expect(faults).toEqual([])
  for (const ms of silenceMs) expect(ms).toBeCloseTo(30, 0)
  for (const ms of mouthMs) expect(ms).toBeCloseTo(70, 0)
  for (const ms of errorsMs) expect(ms).toBeCloseTo(-7, 0)
  expect(silenceMs).toHaveLength(3)
})

it.each([
  [90, -7, /was heard for 90 ms after the caller was, at most 60/],
  [30, -45, /told 45 ms less than was heard/],
])('finds an interruption that is %i ms late, or told %i ms off', (late, error, fault) => {
  const { faults } = bargeIn.judge(interrupted(late, error))
  expect(faults.filter(one => !fault.test(one))).toEqual([])
  expect(faults).toHaveLength(3)
  for (const one of faults) expect(one).toMatch(fault)
})
