/** A call with some of everything, for the tests of what is drawn and printed. */
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { CallRecord } from '#runtime/ledger/read-ledger.ts'
import type { EndedSpan } from '#telemetry/span.ts'

const EPOCH = Date.UTC(2026, 10, 22, 19, 40, 1, 123)
const AT = 5000

const entries: readonly [number, RecordEntry][] = [
  [0, { kind: 'begin' }],
  [20, { kind: 'session', what: 'opened' }],
  [180, { kind: 'session', what: 'ready' }],
  [210, { kind: 'answered', afterMs: 210 }],
  [2410, { kind: 'prompt', prompt: 'greeting', heardMs: 1900, totalMs: 1900 }],
  [
    4900,
    {
      kind: 'turn',
      role: 'caller',
      item: 'i1',
      startedAt: AT + 3000,
      endedAt: AT + 4900,
      text: 'Have you a slot on Friday?',
    },
  ],
  [
    5612,
    {
      kind: 'tool',
      id: 't1',
      name: 'find_appointment',
      args: { day: '2026-11-27' },
      ok: true,
      output: '{"free":["10:00","11:30"]}',
      display: 'Let me look.',
      ms: 312,
    },
  ],
  [
    5620,
    {
      kind: 'usage',
      source: 'resp_1',
      usage: { input_tokens: 132, output_tokens: 121, input_token_details: { audio_tokens: 13 } },
    },
  ],
  [
    8320,
    { kind: 'turn', role: 'caller', item: 'i3', startedAt: AT + 8300, endedAt: AT + 9700, text: 'Half past eleven.' },
  ],
  [
    8330,
    {
      kind: 'turn',
      role: 'agent',
      item: 'i2',
      startedAt: AT + 5540,
      endedAt: AT + 8330,
      text: 'On Friday I have ten, and half past eleven, and then',
      heardMs: 2790,
      sentMs: 5400,
      interrupted: true,
    },
  ],
  [10_400, { kind: 'dtmf', count: 4 }],
  [
    10_900,
    {
      kind: 'tool',
      id: 't2',
      name: 'book',
      args: { at: '11:30' },
      ok: false,
      output: 'timed out',
      code: 'SB_TOOL_TIMEOUT',
      ms: 700,
    },
  ],
  [11_000, { kind: 'fault', code: 'SB_SESSION_LOST', detail: 'socket closed 1006' }],
  [11_000, { kind: 'session', what: 'lost', code: '1006' }],
  [11_400, { kind: 'session', what: 'reopened' }],
  [
    15_000,
    {
      kind: 'turn',
      role: 'agent',
      item: 'i4',
      startedAt: AT + 12_400,
      endedAt: AT + 15_000,
      text: 'You are booked. Goodbye.',
      heardMs: 2600,
      sentMs: 2600,
    },
  ],
  [15_400, { kind: 'session', what: 'closed' }],
  [15_420, { kind: 'end', why: { code: 'hangup', by: 'caller' } }],
]

export const sampleRecord: CallRecord = {
  summary: {
    call: '0192f0c2-7e1a',
    agent: 'reception',
    namespace: 'acme',
    revision: 'reception-3',
    trunk: 'pstn',
    direction: 'inbound',
    from: '+14155550111',
    to: '+14155550100',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    startedAt: EPOCH,
    at: AT,
    answeredMs: 210,
    endedAt: EPOCH + 15_420,
    why: { code: 'hangup', by: 'caller' },
    turns: 4,
    tools: 2,
    usage: { input_tokens: 132, output_tokens: 121, 'input_token_details.audio_tokens': 13 },
    missing: 2,
    attributes: { sipCallId: 'x1@198.51.100.7' },
  },
  entries: entries.map(([at, entry], i) => ({
    call: '0192f0c2-7e1a',
    seq: i + 1,
    at: AT + at,
    wall: EPOCH + at,
    entry,
  })),
}

function span(
  id: string,
  parent: string | null,
  name: string,
  from: number,
  to: number,
  more: Partial<EndedSpan> = {},
): EndedSpan {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: id,
    parentSpanId: parent,
    name,
    startMs: EPOCH + from,
    endMs: EPOCH + to,
    attributes: {},
    events: [],
    ...more,
  }
}

/** In the order in which they ended. */
export const sampleSpans: readonly EndedSpan[] = [
  span('5', '4', 'switchboard.turn', 3000, 4900, { attributes: { 'switchboard.turn.role': 'caller' } }),
  span('7', '5', 'execute_tool find_appointment', 5300, 5612, {
    attributes: { 'gen_ai.tool.name': 'find_appointment', 'switchboard.pii.tool.arguments': '{"day":"2026-11-27"}' },
  }),
  span('6', '4', 'switchboard.turn', 5540, 8330, {
    attributes: {
      'switchboard.turn.role': 'agent',
      'switchboard.turn.item': 'i2',
      'switchboard.turn.gap_ms': 640.25115899999946,
      'switchboard.turn.barge_in_ms': 30.4,
      'switchboard.interrupted': true,
    },
  }),
  span('8', '6', 'execute_tool book', 10_200, 10_900, {
    error: 'SB_TOOL_TIMEOUT',
    attributes: { 'gen_ai.tool.name': 'book' },
  }),
  span('4', '3', 'switchboard.session', 20, 11_000, {
    error: '1006',
    attributes: { 'gen_ai.request.model': 'gpt-realtime-2.1' },
  }),
  span('3', '2', 'switchboard.leg', 0, 15_420, { attributes: { 'switchboard.leg.codec': 'PCMU' } }),
  span('2', 'b7ad6b7169203331', 'switchboard.call', 0, 15_420, {
    attributes: { 'gen_ai.agent.name': 'reception', 'switchboard.end.code': 'hangup', 'switchboard.call.mos': 4.36 },
    events: [
      { name: 'switchboard.ringing', atMs: EPOCH + 5, attributes: {} },
      { name: 'switchboard.digit', atMs: EPOCH + 10_000, attributes: {} },
      { name: 'switchboard.digit', atMs: EPOCH + 10_200, attributes: {} },
    ],
  }),
]
