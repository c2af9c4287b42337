import { afterEach, describe, expect, it } from 'vitest'
import type { TraceMark } from '#runtime/call/effects.ts'
import type { EndCode, EndReason } from '#runtime/call/ports.ts'
import type { EndedSpan } from '#telemetry/span.ts'
import type { CallTrace, CallTraceOptions } from './call-trace.ts'
import { startTelemetry, type Telemetry } from './start-telemetry.ts'
import { endedSpan } from './trace-file.ts'

let telemetry: Telemetry
let spans: EndedSpan[]
afterEach(() => telemetry.shutdown())

const EPOCH = 1_700_000_000_000
const hangup: EndReason = { code: 'hangup', by: 'caller' }

function call(options: Partial<CallTraceOptions> = {}, env: Record<string, string> = {}): CallTrace {
  spans = []
  telemetry = startTelemetry({ service: 'test', env, onSpan: span => spans.push(endedSpan(span)) })
  return telemetry.startCall({ call: 'c1', agent: 'a', revision: 'a-1', startedAt: EPOCH, at: 1000, ...options })
}
const span = (name: 'session' | 'turn' | 'tool' | 'prompt', key: string, attributes = {}): TraceMark => ({
  mark: 'span',
  name,
  key,
  attributes,
})
const spanEnd = (name: 'session' | 'turn' | 'tool' | 'prompt', key: string, error?: string): TraceMark =>
  error === undefined ? { mark: 'spanEnd', name, key } : { mark: 'spanEnd', name, key, error }

/** `child < parent` by name, for each span. */
function tree(): string[] {
  const nameOf = (id: string | null): string => {
    const found = spans.find(s => s.spanId === id)
    return found === undefined ? '-' : `${found.name}${found.attributes['switchboard.turn.role'] ?? ''}`
  }
  return spans.map(s => `${nameOf(s.spanId)} < ${nameOf(s.parentSpanId)}`).sort()
}

describe('the tree of a call', () => {
  it.each<[string, (t: CallTrace) => void, string[]]>([
    [
      'call, leg, session, turns, tool, prompt',
      t => {
        t.legStart('caller', 1000)
        t.mark(span('session', 's1'), 1010)
        t.mark(span('prompt', 'greeting'), 1200)
        t.mark(spanEnd('prompt', 'greeting'), 2200)
        t.mark(span('turn', 'i1', { role: 'caller' }), 2500)
        t.mark(spanEnd('turn', 'i1'), 3500)
        t.mark(span('tool', 't1', { name: 'find' }), 3600)
        t.mark(spanEnd('tool', 't1'), 3700)
        t.mark(span('turn', 'i2', { role: 'agent' }), 3900)
        t.mark(spanEnd('turn', 'i2'), 4900)
        t.mark(spanEnd('session', 's1'), 5000)
        t.legEnd('caller', 5000, hangup)
      },
      [
        'execute_tool find < switchboard.turncaller',
        'switchboard.call < -',
        'switchboard.leg < switchboard.call',
        'switchboard.prompt < switchboard.leg',
        'switchboard.session < switchboard.leg',
        'switchboard.turnagent < switchboard.session',
        'switchboard.turncaller < switchboard.session',
      ],
    ],
    [
      'left open: ended with the call',
      t => {
        t.legStart('caller', 1000)
        t.mark(span('session', 's1'), 1010)
        t.mark(span('turn', 'i1', { role: 'agent' }), 2500)
        t.mark(span('tool', 't1', { name: 'find' }), 2600)
      },
      [
        'execute_tool find < switchboard.turnagent',
        'switchboard.call < -',
        'switchboard.leg < switchboard.call',
        'switchboard.session < switchboard.leg',
        'switchboard.turnagent < switchboard.session',
      ],
    ],
    [
      'no leg, no session: a prompt hangs on the call',
      t => t.mark(span('prompt', 'p'), 1100),
      ['switchboard.call < -', 'switchboard.prompt < switchboard.call'],
    ],
    [
      'ends of spans that never began change nothing',
      t => t.mark(spanEnd('turn', 'x'), 1100),
      ['switchboard.call < -'],
    ],
  ])('%s', (_name, act, expected) => {
    const trace = call()
    act(trace)
    trace.end(hangup, 6000)
    expect(tree()).toEqual(expected)
    expect(new Set(spans.map(s => s.traceId)).size).toBe(1)
    expect(spans.at(-1)?.name).toBe('switchboard.call')
    expect(spans.every(s => s.attributes['gen_ai.conversation.id'] === 'c1')).toBe(true)
  })

  it('keeps turns under the session in use while its successor opens, then under the successor', () => {
    const trace = call()
    trace.mark(span('session', 'old', { slot: 'main' }), 1000)
    trace.mark(span('session', 'new', { slot: 'next' }), 2000)
    trace.mark(span('turn', 'i1'), 2100)
    trace.mark(spanEnd('turn', 'i1'), 2200)
    trace.mark(spanEnd('session', 'old'), 2300)
    trace.mark(span('tool', 't1', { name: 'find' }), 2400)
    trace.mark(span('turn', 'i2'), 2500)
    trace.end(hangup, 3000)
    const session = (slot: string) => spans.find(s => s.attributes['switchboard.session.slot'] === slot)?.spanId
    const turns = spans.filter(s => s.name === 'switchboard.turn').map(s => s.parentSpanId)
    expect(turns).toEqual([session('main'), session('next')])
    expect(spans.find(s => s.name === 'execute_tool find')?.parentSpanId).toBe(session('next'))
  })

  it('exports spans as they end, with times on the wall clock', () => {
    const trace = call()
    trace.mark(span('session', 's'), 1250.5)
    trace.mark(spanEnd('session', 's'), 4000)
    expect(spans.map(s => [s.name, s.startMs - EPOCH, s.endMs - EPOCH])).toEqual([['switchboard.session', 250.5, 3000]])
    trace.end(hangup, 5000)
    trace.end(hangup, 9000)
    expect(spans.map(s => [s.startMs - EPOCH, s.endMs - EPOCH])).toEqual([
      [250.5, 3000],
      [0, 4000],
    ])
  })

  it('bounds the open spans of a call', () => {
    const trace = call()
    for (let i = 0; i < 1000; i++) trace.mark(span('tool', `t${i}`, { name: 'x' }), 1000)
    trace.end(hangup, 2000)
    expect(spans).toHaveLength(257)
  })
})

describe('context in and out', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

  it('continues an incoming trace and hands the tool span on', () => {
    const trace = call({ traceparent, tracestate: 'vendor=1' })
    trace.mark(span('tool', 't1', { name: 'find' }), 1000)
    const out = trace.traceparentFor('t1')
    expect(trace.traceparentFor()).toBe(`00-${trace.traceId}-${trace.spanId}-01`)
    trace.end(hangup, 2000)
    const tool = spans.find(s => s.name === 'execute_tool find')
    expect(out).toBe(`00-0af7651916cd43dd8448eb211c80319c-${tool?.spanId}-01`)
    expect(spans.find(s => s.name === 'switchboard.call')?.parentSpanId).toBe('b7ad6b7169203331')
  })

  it.each(['', 'junk', '00-00000000000000000000000000000000-b7ad6b7169203331-01', `${traceparent}x`])(
    'starts a trace of its own on traceparent "%s"',
    bad => {
      const trace = call({ traceparent: bad })
      expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/)
      expect(trace.traceId).not.toBe('0af7651916cd43dd8448eb211c80319c')
      trace.end(hangup, 2000)
      expect(spans[0]?.parentSpanId).toBeNull()
    },
  )

  it('obeys a parent that was not sampled, and still passes its trace on', () => {
    const trace = call({ traceparent: traceparent.replace(/01$/, '00') })
    trace.mark(span('tool', 't1'), 1000)
    expect(trace.traceparentFor('t1')).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/)
    trace.end(hangup, 2000)
    expect(spans).toEqual([])
  })

  it('has no trace to hand on when telemetry is disabled, but passes one through', () => {
    expect(call({}, { OTEL_SDK_DISABLED: 'true' }).traceparentFor()).toBeNull()
    expect(call({ traceparent }, { OTEL_SDK_DISABLED: 'true' }).traceparentFor('t')).toBe(traceparent)
  })
})

describe('attributes', () => {
  it('maps short keys to names, by convention where there is one', () => {
    const trace = call({
      session: { provider: 'openai', model: 'gpt-realtime' },
      attributes: { trunk: 'pstn', 'net.x': 1 },
    })
    trace.mark(span('session', 's', { slot: 'main', odd: true }), 1000)
    trace.mark(span('tool', 'call_1', { name: 'find', effect: 'Read' }), 1000)
    trace.usage({ input_tokens: 10, output_tokens: 5, input_token_details: { audio_tokens: 7 } })
    trace.usage({ input_tokens: 1, output_tokens: 1, type: 'tokens' })
    trace.end(hangup, 2000)
    const [tool, session, root] = spans.map(s => s.attributes)
    expect(session).toEqual({
      'gen_ai.conversation.id': 'c1',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-realtime',
      'switchboard.session.slot': 'main',
      'switchboard.odd': true,
    })
    expect(tool).toEqual({
      'gen_ai.conversation.id': 'c1',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'find',
      'gen_ai.tool.call.id': 'call_1',
      'switchboard.effect': 'Read',
    })
    expect(root).toEqual({
      'gen_ai.conversation.id': 'c1',
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'a',
      'gen_ai.agent.version': 'a-1',
      'switchboard.trunk': 'pstn',
      'net.x': 1,
      'switchboard.end.code': 'hangup',
      'switchboard.end.by': 'caller',
      'switchboard.outcome': 'success',
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 6,
      'gen_ai.usage.input_audio_tokens': 7,
    })
  })

  it.each([
    [false, undefined],
    [true, 'hello'],
  ])('keeps caller content only when it is allowed: %s', (content, expected) => {
    const trace = call({ content, attributes: { from: '+14155550111' } })
    trace.mark(span('turn', 'i', { text: 'hello', role: 'caller' }), 1000)
    trace.event('said', 1000, { text: 'hello' })
    trace.end(hangup, 2000)
    const [turn, root] = spans
    expect(turn?.attributes['switchboard.pii.text']).toBe(expected)
    expect(turn?.attributes['switchboard.turn.item']).toBe('i')
    expect(root?.events[0]?.attributes['switchboard.pii.text']).toBe(expected)
    expect(JSON.stringify(spans).includes('+1415')).toBe(content)
  })

  it.each([false, true])('takes content of the record along only when it is allowed: %s', content => {
    const trace = call({ content })
    const turn = { kind: 'turn', startedAt: 0, endedAt: 1, text: 'hello' } as const
    trace.mark(span('turn', 'i1', { role: 'agent' }), 1000)
    trace.mark(span('tool', 't1', { name: 'find' }), 1000)
    trace.record({ ...turn, role: 'agent', item: 'i1' }, 1100)
    trace.record({ ...turn, role: 'caller', item: 'i0' }, 1100)
    trace.record({ kind: 'tool', id: 't1', name: 'find', args: { day: 1 }, ok: true, output: 'free', ms: 1 }, 1100)
    trace.record({ kind: 'usage', source: 's', usage: { input_tokens: 3 } }, 1100)
    trace.end(hangup, 2000)
    const [tool, agent, root] = spans
    expect(root?.attributes['gen_ai.usage.input_tokens']).toBe(3)
    const seen = [
      agent?.attributes['switchboard.pii.text'],
      tool?.attributes['switchboard.pii.tool.arguments'],
      tool?.attributes['switchboard.pii.tool.output'],
      root?.events.map(e => [e.name, e.attributes['switchboard.pii.text']]),
    ]
    expect(seen).toEqual(
      content ? ['hello', '{"day":1}', 'free', [['switchboard.said', 'hello']]] : [undefined, undefined, undefined, []],
    )
  })

  it('puts figures on the turn they belong to, or on the call as events', () => {
    const trace = call()
    trace.mark({ mark: 'figure', name: 'bargeInMs', value: 12 }, 1000)
    trace.mark(span('turn', 'i', { role: 'agent' }), 1000)
    trace.mark({ mark: 'figure', name: 'turnGapMs', value: 640 }, 1000)
    trace.mark({ mark: 'figure', name: 'answerMs', value: 90 }, 1000)
    trace.end(hangup, 2000)
    const [turn, root] = spans
    expect(turn?.attributes['switchboard.turn.gap_ms']).toBe(640)
    expect(root?.attributes['switchboard.call.answer_ms']).toBe(90)
    expect(root?.events).toEqual([
      { name: 'switchboard.barge_in.stop', atMs: EPOCH, attributes: { 'switchboard.ms': 12 } },
    ])
  })
})

describe('ends', () => {
  it.each<[EndCode, string, string | undefined]>([
    ['hangup', 'success', undefined],
    ['cancelled', 'client', undefined],
    ['media_lost', 'indeterminate', undefined],
    ['unavailable', 'upstream', 'unavailable'],
    ['fault', 'server', 'fault'],
  ])('%s is %s', async (code, outcome, error) => {
    const trace = call()
    trace.mark(span('tool', 't', { name: 'find' }), 1000)
    trace.mark(spanEnd('tool', 't', 'SB_TOOL_TIMEOUT'), 1500)
    trace.end({ code, by: 'caller' }, 2000)
    expect(spans[0]).toMatchObject({ error: 'SB_TOOL_TIMEOUT' })
    expect(spans[1]?.error).toBe(error)
    expect(spans[1]?.attributes['switchboard.outcome']).toBe(outcome)
    const text = await telemetry.collect()
    expect(text).toContain(`switchboard_calls_total{agent="a",revision="a-1",outcome="${outcome}",code="${code}"} 1`)
    expect(text).toContain(
      'switchboard_tool_calls_total{agent="a",revision="a-1",tool="find",result="SB_TOOL_TIMEOUT"} 1',
    )
  })
})
