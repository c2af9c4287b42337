import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { LiveTimeline } from '../live-timeline.ts'
import { plainStyle } from '../show/style.ts'
import { startCalendar } from './calendar.ts'
import { calendarPort, changedCopy, exampleFolder, personPort } from './manifests.ts'
import { spansOf } from './otlp-spans.ts'
import { providerWords } from './provider-words.ts'
import { startTraceCollector } from './trace-collector.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe('the calendar', () => {
  test('tells free times, and moves when its port is taken', async () => {
    const days: string[] = []
    const first = await startCalendar(0, request => days.push(request.day))
    closers.push(() => first.close())
    const second = await startCalendar(first.port, () => undefined)
    closers.push(() => second.close())
    expect(second.port).not.toBe(first.port)
    const ask = (body: string) => fetch(`http://127.0.0.1:${first.port}/find`, { method: 'POST', body })
    const answer = await ask('{"day": "2026-11-24"}')
    expect(await answer.json()).toEqual({
      result: { day: '2026-11-24', free: ['10:00 Dr Lee', '15:00 Dr Grant'] },
      display: '10:00 Dr Lee and 15:00 Dr Grant are free',
    })
    expect((await ask('{"day": "Tuesday"}')).status).toBe(400)
    expect((await ask('nonsense')).status).toBe(400)
    expect(days).toEqual(['2026-11-24', '', ''])
  })
})

test('the example is found, and a copy of it names another port', () => {
  const folder = exampleFolder('first-call')
  const port = calendarPort(folder)
  expect(port).toBe(8099)
  const copy = changedCopy(folder, `http://127.0.0.1:${port}/`, 'http://127.0.0.1:41234/')
  expect(calendarPort(copy.folder)).toBe(41_234)
  expect(readFileSync(join(folder, 'reception.yaml'), 'utf8')).toContain(':8099/')
  copy.remove()
  expect(existsSync(copy.folder)).toBe(false)
  expect(personPort(exampleFolder('transfer'))).toBe(5080)
})

describe('the collector', () => {
  const span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: '',
    name: 'switchboard.call',
    startTimeUnixNano: '1795379393879178441',
    endTimeUnixNano: '1795379393979178441',
    attributes: [
      { key: 'text', value: { stringValue: 'x' } },
      { key: 'whole', value: { intValue: '12' } },
      { key: 'part', value: { doubleValue: 1.5 } },
      { key: 'yes', value: { boolValue: false } },
    ],
    events: [{ name: 'ringing', timeUnixNano: '1795379393889178441' }],
    status: { code: 2, message: 'SB_X' },
  }
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }

  test('reads spans as they are on the wire', () => {
    const [read] = spansOf(request)
    expect(read).toMatchObject({
      parentSpanId: null,
      name: 'switchboard.call',
      attributes: { text: 'x', whole: 12, part: 1.5, yes: false },
      error: 'SB_X',
    })
    expect(read?.startMs).toBeCloseTo(1_795_379_393_879.178, 2)
    expect((read?.endMs ?? 0) - (read?.startMs ?? 0)).toBeCloseTo(100, 2)
    expect((read?.events[0]?.atMs ?? 0) - (read?.startMs ?? 0)).toBeCloseTo(10, 2)
  })

  test('keeps all that comes as one request, and refuses what is none', async () => {
    const collector = await startTraceCollector()
    closers.push(() => collector.close())
    const send = (body: string) => fetch(collector.url, { method: 'POST', body })
    await send(JSON.stringify(request))
    await send(JSON.stringify(request))
    expect((await send('nonsense')).status).toBe(400)
    expect(collector.spans).toHaveLength(2)
    expect(JSON.parse(collector.json())).toEqual({
      resourceSpans: [...request.resourceSpans, ...request.resourceSpans],
    })
  })
})

test('lines of several watchers come in order, and late words are known by then', () => {
  const printed: string[] = []
  let known = 'nothing'
  const live = new LiveTimeline(
    () => 0,
    line => printed.push(line),
  )
  live.add(20, () => 'second')
  live.add(10, () => `first knows ${known}`)
  known = 'all'
  live.close()
  live.close()
  expect(printed).toEqual(['first knows all', 'second'])
})

test.each([
  [{ t: 0, what: 'says', text: () => 'word '.repeat(30) }, /^says “(word )+…”$/],
  [{ t: 0, what: 'truncated', atMs: 1650.6, text: () => 'Hello there' }, /only 1651 ms were heard of “Hello there”/],
  [{ t: 0, what: 'told', keys: 4 }, /is told of 4 keys/],
  [{ t: 0, what: 'callsTool', name: 'find', args: '{}' }, /calls find \{\}/],
] as const)('%j is told in words', (fact, words) => {
  expect(providerWords(fact, plainStyle)).toMatch(words)
})
