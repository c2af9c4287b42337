import { describe, expect, it } from 'vitest'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { CallRecord } from '#runtime/ledger/read-ledger.ts'
import { callList } from './call-list.ts'
import { recordLines } from './record.ts'
import { sampleRecord, sampleSpans } from './sample-call.ts'
import { spanTree } from './span-tree.ts'
import { colourStyle, plainStyle, styleFor } from './style.ts'
import { timelineOf } from './timeline.ts'
import { timelineSvg } from './timeline-svg.ts'
import { age, duration, masked, printable } from './words.ts'

const withEntries = (...entries: RecordEntry[]): CallRecord => ({
  summary: sampleRecord.summary,
  entries: entries.map((entry, i) => ({ call: 'c', seq: i + 1, at: 5000 + i, wall: i, entry })),
})

describe('words', () => {
  it.each([
    [0.4, '0.4 ms'],
    [640.4, '640 ms'],
    [999.6, '1.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 m 00 s'],
    [125_000, '2 m 05 s'],
    [3_725_000, '1 h 02 m'],
    [-50, '-50 ms'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text))

  it.each([
    [5000, '5s'],
    [119_999, '119s'],
    [120_000, '2m'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
    [-5, '0s'],
  ])('%d ms ago is %s', (ms, text) => expect(age(ms)).toBe(text))

  it.each([
    ['+14155550111', '+14•••••••11'],
    ['4155550111', '41••••••11'],
    ['alice', 'a•••'],
    ['+1', '+•••'],
    ['anonymous', 'anonymous'],
    ['', ''],
  ])('%s is shown as %s', (number, text) => expect(masked(number)).toBe(text))

  it('let no control sequence of a caller through', () => {
    expect(printable('a\u001b[31mb\nc\u202ed\u0007')).toBe('a [31mb c d')
    expect(printable('x'.repeat(20), 10)).toBe(`${'x'.repeat(10)}… (20 characters)`)
  })
})

describe('colours', () => {
  it.each([
    [{ isTTY: true }, {}, colourStyle],
    [{ isTTY: true }, { NO_COLOR: '1' }, plainStyle],
    [{}, {}, plainStyle],
    [{}, { FORCE_COLOR: '1' }, colourStyle],
  ])('of %o with %o', (stream, env, style) => expect(styleFor(stream, env)).toBe(style))
})

describe('a list of calls', () => {
  it('has one line each', () => {
    const { summary } = sampleRecord
    const open = { ...summary, call: 'x', namespace: null, why: null, endedAt: null, missing: 0 }
    expect(callList([summary, open], summary.startedAt + 90_000)).toMatchInlineSnapshot(`
      [
        "CALL            AGENT            REVISION      FROM           TO             TURNS   TOOLS   DURATION   END                       AGE",
        "0192f0c2-7e1a   acme/reception   reception-3   +14155550111   +14155550100   4       2       15.4 s     hangup (2 entries lost)   90s",
        "x               reception        reception-3   +14155550111   +14155550100   4       2       -          open                      90s",
      ]
    `)
  })
})

describe('a record', () => {
  it('tells the call in order', () => {
    expect(recordLines(sampleRecord).join('\n')).toMatchInlineSnapshot(`
      "Call 0192f0c2-7e1a
        agent     acme/reception, revision reception-3
        inbound   +14•••••••11 → +14155550100 over pstn
        began     2026-11-22 19:40:01.123 UTC
        answered  after 210 ms
        ended     after 15.4 s: hangup by caller
        has       4 turns, 2 tool calls
        trace     0af7651916cd43dd8448eb211c80319c
        sipCallId x1@198.51.100.7
        lost      2 entries could not be kept

      Timeline
           0.000  call offered
           0.020  session opened
           0.180  session ready
           0.210  answered after 210 ms
           2.410  prompt  greeting, heard all 1.9 s
           3.000  caller  until 4.900
                  “Have you a slot on Friday?”
           5.300  tool    find_appointment ok in 312 ms
                  in   {"day":"2026-11-27"}
                  out  {"free":["10:00","11:30"]}
                  said “Let me look.”
           5.540  agent   until 8.330, heard 2.8 s of 5.4 s, interrupted
                  “On Friday I have ten, and half past eleven, and then”
           5.620  usage resp_1 {"input_tokens":132,"output_tokens":121,"input_token_details":{"audio_tokens":13}}
           8.300  caller  until 9.700
                  “Half past eleven.”
          10.200  tool    book SB_TOOL_TIMEOUT in 700 ms
                  in   {"at":"11:30"}
                  out  timed out
          10.400  caller  pressed 4 keys (hidden)
          11.000  fault SB_SESSION_LOST: socket closed 1006
          11.000  session lost (1006)
          11.400  session reopened
          12.400  agent   until 15.000, heard all 2.6 s
                  “You are booked. Goodbye.”
          15.400  session closed
          15.420  ended: hangup by caller

      Usage
        input_tokens                      132
        output_tokens                     121
        input_token_details.audio_tokens  13"
    `)
  })

  it('shows the caller’s number only when asked to', () => {
    const text = (full: boolean): string =>
      recordLines(sampleRecord, { full }).join('\n') + timelineSvg(sampleRecord, [], { full })
    expect(text(false)).not.toContain('5550111')
    expect(text(true).match(/\+14155550111/g)).toHaveLength(2)
  })

  it('survives what a call without an end leaves', () => {
    const summary = { ...sampleRecord.summary, endedAt: null, why: null, answeredMs: null, usage: {}, traceId: null }
    const text = recordLines({ summary, entries: [] }).join('\n')
    expect(text).toContain('not yet, or its worker died')
    expect(text).not.toContain('Usage')
    expect(timelineSvg({ summary, entries: [] })).toContain('not ended')
  })
})

describe('a tree of spans', () => {
  it('is indented by parent, in order of beginning', () => {
    expect(spanTree(sampleSpans).join('\n')).toMatchInlineSnapshot(`
      "switchboard.call                             +0.000     15.4 s  agent.name=reception end.code=hangup call.mos=4.36 • ringing • digit ×2
      └─ switchboard.leg                           +0.000     15.4 s  leg.codec=PCMU
         └─ switchboard.session                    +0.020     11.0 s ✗ 1006  request.model=gpt-realtime-2.1
            ├─ switchboard.turn                    +3.000      1.9 s  turn.role=caller
            │  └─ execute_tool find_appointment    +5.300     312 ms
            └─ switchboard.turn                    +5.540      2.8 s  turn.role=agent turn.gap_ms=640.25 turn.barge_in_ms=30.4 interrupted=true
               └─ execute_tool book               +10.200     700 ms ✗ SB_TOOL_TIMEOUT"
    `)
  })

  it('shows content only when asked to', () => {
    expect(spanTree(sampleSpans).join('\n')).not.toContain('2026-11-27')
    expect(spanTree(sampleSpans, { full: true }).join('\n')).toContain('tool.arguments={"day":"2026-11-27"}')
  })

  it('of nothing is nothing, and a loop does not hang it', () => {
    expect(spanTree([])).toEqual([])
    const [span] = sampleSpans
    const looped = [
      { ...span!, spanId: 'a', parentSpanId: 'b' },
      { ...span!, spanId: 'b', parentSpanId: 'a' },
      { ...span!, spanId: 'r', parentSpanId: null },
    ]
    expect(spanTree(looped)).toHaveLength(1)
  })
})

describe('a timeline', () => {
  it('has bars where things were, gaps and the truncation', () => {
    const { bars, gaps, marks, lengthMs } = timelineOf(sampleRecord, sampleSpans)
    const of = (lane: string) => bars.filter(b => b.lane === lane).map(b => [b.kind, b.from, b.to])
    expect(of('caller')).toEqual([
      ['caller', 3000, 4900],
      ['caller', 8300, 9700],
    ])
    expect(of('agent')).toEqual([
      ['prompt', 510, 2410],
      ['agent', 5540, 8330],
      ['unheard', 8330, 10_940],
      ['agent', 12_400, 15_000],
    ])
    expect(of('tools')).toEqual([
      ['tool', 5300, 5612],
      ['error', 10_200, 10_900],
    ])
    expect(of('model')).toEqual([
      ['model', 20, 11_000],
      ['model', 11_400, 15_400],
    ])
    expect(of('network')).toEqual([
      ['network', 0, 210],
      ['network', 210, 15_420],
    ])
    expect(gaps).toEqual([
      { from: 4900, to: 5540 },
      { from: 9700, to: 12_400 },
    ])
    expect(marks.find(m => m.kind === 'interrupt')).toMatchObject({ at: 8330, label: 'cut at 2.8 s, silent in 30 ms' })
    expect(lengthMs).toBe(15_420)
  })

  it('draws a prompt that the session spoke once', () => {
    const { bars } = timelineOf(
      withEntries(
        { kind: 'turn', role: 'agent', item: 'i', startedAt: 4000, endedAt: 5000, heardMs: 1000, sentMs: 1000 },
        { kind: 'prompt', prompt: 'greeting', heardMs: 1000, totalMs: 1000 },
      ),
    )
    expect(bars.filter(b => b.lane === 'agent').map(b => b.kind)).toEqual(['agent'])
  })

  it('draws a tool that never answered from its span', () => {
    const { bars } = timelineOf(withEntries(), sampleSpans)
    expect(bars.filter(b => b.lane === 'tools').map(b => [b.label, b.from, b.to])).toEqual([
      ['find_appointment', 5300, 5612],
      ['book', 10_200, 10_900],
    ])
  })

  it('is well-formed whatever was said', () => {
    const evil = '<script>"&\'</svg>\u0000'
    const svg = timelineSvg(
      withEntries(
        { kind: 'turn', role: 'caller', item: 'i', startedAt: 5000, endedAt: 65_000, text: evil },
        { kind: 'tool', id: 't', name: evil, args: evil, ok: false, output: evil, ms: 1 },
      ),
    )
    expect(svg).not.toContain('<script')
    expect(svg).not.toContain('\u0000')
    expect(svg.match(/<\/svg>/g)).toHaveLength(1)
    const tags = [...svg.matchAll(/<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/g)]
    const stack: string[] = []
    const wrong: (string | undefined)[] = []
    for (const [, close, name, alone] of tags) {
      if (close === '/') wrong.push(...[stack.pop()].filter(open => open !== name))
      else if (alone !== '/') stack.push(name ?? '')
    }
    expect({ stack, wrong }).toEqual({ stack: [], wrong: [] })
  })
})
