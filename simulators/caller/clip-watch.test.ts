import { afterEach, describe, expect, test, vi } from 'vitest'
import { expand } from '#simulators/speech/g711.ts'
import { clip } from '#simulators/speech/library.ts'
import type { ClipSearch } from './clip-search.ts'
import type { Look } from './clip-thread.ts'
import { ClipWatch } from './clip-watch.ts'
import { Recording } from './recording.ts'

const GREETING = expand('ulaw', clip('agent', 'greeting')?.ulaw ?? new Uint8Array())
const FRAME = 160

const watches: ClipWatch[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close()
})

/** Looks by hand: answers when the test says so. */
class Hand implements ClipSearch {
  readonly looks: Look[] = []
  readonly #waiting: ((is: boolean | null) => void)[] = []
  closed = 0

  look(what: Look, found: (is: boolean | null) => void): void {
    this.looks.push(what)
    this.#waiting.push(found)
  }

  answer(is: boolean | null): void {
    this.#waiting.shift()?.(is)
  }

  close(): void {
    this.closed += 1
  }
}

function watchBy(search?: ClipSearch): ClipWatch {
  const watch = new ClipWatch(search)
  watches.push(watch)
  return watch
}

/** A call of so many ms, in which the agent says its greeting at `at`. */
function recorded(ms: number, at: number): Recording {
  const recording = new Recording(0)
  recording.write('caller', 0, new Int16Array(ms * 8))
  recording.write('agent', at * 8, GREETING)
  return recording
}

describe('a clip that is expected', () => {
  test.each<[string, number, number, boolean]>([
    ['was said', 5000, 1000, true],
    ['was said before', 5000, 1500, false],
    ['is begun, and not for long enough', 1700, 1000, false],
  ])('%s', async (_, ms, since, expected) => {
    const recording = recorded(ms, 1200)
    const watch = watchBy()
    const heard = () => watch.hears(cut(recording, ms), 'greeting', since, ms, ms)
    expect(heard()).toBe(null)
    await vi.waitFor(() => expect(heard()).toBe(expected), { timeout: 10_000, interval: 5 })
  })

  test('is found when it comes in the middle of what is looked at bit by bit', async () => {
    const whole = recorded(12_000, 7130)
    const watch = watchBy()
    const found = async (): Promise<number> => {
      for (let now = 200; now <= 12_000; now += 200) {
        const sofar = cut(whole, now)
        const is = () => watch.hears(sofar, 'greeting', 0, now, now)
        await vi.waitFor(() => expect(is()).not.toBe(null), { timeout: 10_000, interval: 1 })
        if (is() === true) return now
      }
      return 0
    }
    const at = await found()
    expect(at).toBeGreaterThan(8000)
    expect(at).toBeLessThan(9600)
  })
})

test('the phone’s clock never looks itself, and never asks twice at once', () => {
  const hand = new Hand()
  const watch = watchBy(hand)
  const recording = recorded(20_000, 1000)
  for (let now = 0; now < 1000; now += 20) expect(watch.hears(recording, 'greeting', 0, now, 10_000)).toBe(null)
  expect(hand.looks).toHaveLength(1)
})

test('each look is at what is new and a bounded piece before it, however long the call', () => {
  const hand = new Hand()
  const watch = watchBy(hand)
  const recording = new Recording(0)
  for (let now = 20; now <= 120_000; now += 20) {
    recording.write('agent', (now - 20) * 8, new Int16Array(FRAME))
    watch.hears(recording, 'greeting', 0, now, 300_000)
    hand.answer(false)
  }
  const most = Math.max(...hand.looks.map(look => look.recording.length))
  expect(hand.looks.length).toBeGreaterThan(500)
  expect(most).toBeLessThan(3 * 8000)
})

test('at the end of its time it is not known until all was looked at', () => {
  const hand = new Hand()
  const watch = watchBy(hand)
  const recording = recorded(20_000, 1000)
  const heard = (now: number) => watch.hears(recording, 'greeting', 0, now, 5000)
  expect(heard(4990)).toBe(null)
  expect(heard(5000)).toBe(null)
  hand.answer(false)
  expect(heard(5020)).toBe(null)
  hand.answer(false)
  expect(heard(5040)).toBe(false)
  expect(hand.looks).toHaveLength(2)
})

test('where nobody can look, nothing is heard, and what was expected fails', () => {
  const hand = new Hand()
  const watch = watchBy(hand)
  const recording = recorded(2000, 0)
  expect(watch.hears(recording, 'greeting', 0, 100, 5000)).toBe(null)
  hand.answer(null)
  expect(watch.hears(recording, 'greeting', 0, 120, 5000)).toBe(false)
  expect(hand.closed).toBe(1)
})

/** What was recorded by then. */
function cut(recording: Recording, ms: number): Recording {
  const until = new Recording(0)
  until.write('caller', 0, new Int16Array(ms * 8))
  until.write('agent', 0, recording.side('agent').slice(0, ms * 8))
  return until
}
