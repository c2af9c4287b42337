import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadLineSchema } from '#runtime/contract/load-line.ts'
import { type LineSink, LoadStreams } from './load-stream.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function reader(unread = 0): LineSink & { lines: string[]; ended: number } {
  return {
    lines: [],
    ended: 0,
    unread,
    write(line) {
      this.lines.push(line)
    },
    end() {
      this.ended += 1
    },
  }
}

function streams(): LoadStreams {
  return new LoadStreams(() => ({
    v: 1,
    pod: 'p',
    boot: 'b',
    slots: { total: 1, reserved: 0, busy: 0 },
    outbox: 0,
    drain: null,
    revisions: {},
  }))
}

test('sends a valid line at once and a heartbeat every 2 s', () => {
  const load = streams()
  const sink = reader()
  load.add(sink)
  expect(sink.lines).toHaveLength(1)
  expect(loadLineSchema.parse(JSON.parse(sink.lines[0] as string)).seq).toBe(1)
  vi.advanceTimersByTime(10_000)
  expect(sink.lines).toHaveLength(6)
  load.close()
})

test('sends changes at most five times a second, and the last change always', () => {
  const load = streams()
  const sink = reader()
  load.add(sink)
  for (let i = 0; i < 100; i++) {
    load.changed()
    vi.advanceTimersByTime(10)
  }
  expect(sink.lines.length).toBeLessThanOrEqual(7)
  const before = sink.lines.length
  load.changed()
  vi.advanceTimersByTime(200)
  expect(sink.lines).toHaveLength(before + 1)
  load.close()
})

test('a reader that does not read gets no further lines', () => {
  const load = streams()
  const sink = reader(100_000)
  load.add(sink)
  vi.advanceTimersByTime(10_000)
  expect(sink.lines).toHaveLength(1)
  load.close()
})

test('close ends each stream once and owns no timer after', () => {
  const load = streams()
  const sink = reader()
  const stop = load.add(sink)
  stop()
  stop()
  load.close()
  expect(sink.ended).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})
