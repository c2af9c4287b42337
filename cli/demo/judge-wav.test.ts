import { describe, expect, test } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { clip, type Voice } from '#simulators/speech/library.ts'
import { judgeCall, type StereoCall } from './judge-wav.ts'

const LENGTH = 26 * 8000

type Piece = readonly [atMs: number, voice: Voice, name: string, fromMs?: number, toMs?: number]

/** A good first call: what each side says and when. */
const GOOD: readonly Piece[] = [
  [300, 'agent', 'greeting'],
  [2700, 'caller', 'ask'],
  [6900, 'agent', 'look'],
  [8800, 'agent', 'offer', 0, 1700],
  [10_400, 'caller', 'three'],
  [12_600, 'agent', 'booked', 0, 4000],
  [16_800, 'agent', 'all-set', 0, 2400],
  [19_100, 'caller', 'no-thanks'],
  [22_700, 'agent', 'see-you'],
]

function record(pieces: readonly Piece[]): StereoCall {
  const call = { caller: new Int16Array(LENGTH), agent: new Int16Array(LENGTH) }
  for (const [atMs, voice, name, fromMs = 0, toMs] of pieces) {
    const samples = expand('ulaw', clip(voice, name)?.ulaw ?? new Uint8Array())
    if (voice !== 'person')
      call[voice].set(samples.subarray(fromMs * 8, toMs === undefined ? undefined : toMs * 8), atMs * 8)
  }
  return call
}

function failed(call: StereoCall): string[] {
  return judgeCall(call)
    .filter(verdict => !verdict.ok)
    .map(verdict => verdict.text)
}

const without = (name: string): Piece[] => GOOD.filter(piece => piece[2] !== name)
const instead = (name: string, ...pieces: Piece[]): Piece[] => GOOD.flatMap(p => (p[2] === name ? pieces : [p]))

test('a good call is good', () => {
  expect(judgeCall(record(GOOD)).map(verdict => [verdict.ok, verdict.text])).toEqual(
    judgeCall(record(GOOD)).map(verdict => [true, verdict.text]),
  )
  expect(judgeCall(record(GOOD))).toHaveLength(9)
})

describe('it is not a conversation when', () => {
  test.each<[string, StereoCall, RegExp]>([
    ['nobody said anything', record([]), /the caller heard the greeting.*nowhere/],
    ['the greeting was not heard', record(without('greeting')), /heard the greeting/],
    [
      'half of the greeting was heard',
      record(instead('greeting', [300, 'agent', 'greeting', 0, 1000])),
      /heard the greeting/,
    ],
    ['the caller was silent', record(GOOD.filter(piece => piece[1] === 'agent')), /the caller asked/],
    ['the agent was silent', record(GOOD.filter(piece => piece[1] === 'caller')), /heard the greeting/],
    ['nobody answered the question', record(without('look')), /the agent had heard it/],
    [
      'the answer came before the question was over',
      record(instead('look', [4000, 'agent', 'look'])),
      /the agent had heard it/,
    ],
    [
      'the answer came much too late',
      record([...without('look').filter(p => p[0] < 6900), [10_500, 'agent', 'look']]),
      /had heard it: it answered 4.* ms later/,
    ],
    ['no appointment was offered', record(without('offer')), /offered what the calendar said/],
    ['the caller did not interrupt', record(without('three')), /spoke over the agent/],
    [
      'the agent spoke on for 700 ms',
      record(instead('offer', [8800, 'agent', 'offer', 0, 2400])),
      /spoke over the agent: .* silence \d{3} ms later/,
    ],
    [
      'the agent said all of it',
      record([...without('offer').filter(p => p[0] < 12_000), [8800, 'agent', 'offer']]),
      /spoke over the agent/,
    ],
    [
      'the agent was silent already',
      record(instead('offer', [8800, 'agent', 'offer', 0, 1200])),
      /which was not audible/,
    ],
    [
      'the agent went on where it was cut',
      record(instead('see-you', [21_000, 'agent', 'offer', 1700, 3400], [22_700, 'agent', 'see-you'])),
      /and the rest later/,
    ],
    ['what interrupted was not heard', record(without('booked')), /had heard that, too/],
    ['the keys did not arrive', record(without('all-set')), /had got the keys/],
    ['nobody said goodbye', record(without('see-you')), /said goodbye/],
    ['the goodbye was cut off', record(instead('see-you', [22_700, 'agent', 'see-you', 0, 1500])), /heard all of it/],
    ['the sides are swapped', { caller: record(GOOD).agent, agent: record(GOOD).caller }, /heard the greeting/],
    ['the agent hears itself', { caller: record(GOOD).agent, agent: record(GOOD).agent }, /the caller asked/],
  ])('%s', (_, call, words) => {
    expect(failed(call).join('\n')).toMatch(words)
  })
})

test('silence of half a second is silence, with what the line made of it before', () => {
  const call = record(instead('offer', [8800, 'agent', 'offer', 0, 1960]))
  expect(failed(call)).toEqual([])
  expect(judgeCall(call)[4]?.text).toMatch(/silence \d{2,3} ms later, 19[0-9]{2} of 12292 ms/)
})
