import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startTelemetry, type Telemetry, type TelemetryOptions } from './start-telemetry.ts'
import { endedSpan, otlpJson, writeTraceFile } from './trace-file.ts'

/** ExportTraceServiceRequest in OTLP/JSON, strictly: ids in hex, 64-bit numbers as decimal strings, enums as numbers. */
const value = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.union([z.int(), z.string().regex(/^-?\d+$/)]) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ arrayValue: z.object({ values: z.array(z.unknown()) }) }),
])
const attributes = z.array(z.strictObject({ key: z.string().min(1), value }))
const nanos = z.string().regex(/^\d{19}$/)
const traceRequest = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes, droppedAttributesCount: z.int() }),
      schemaUrl: z.string().optional(),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.literal('switchboard'), version: z.string().optional() }),
          schemaUrl: z.string().optional(),
          spans: z.array(
            z.strictObject({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z
                .string()
                .regex(/^[0-9a-f]{16}$/)
                .optional(),
              traceState: z.string().optional(),
              name: z.string().min(1),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: nanos,
              endTimeUnixNano: nanos,
              attributes,
              droppedAttributesCount: z.int(),
              events: z.array(
                z.strictObject({ name: z.string(), timeUnixNano: nanos, attributes, droppedAttributesCount: z.int() }),
              ),
              droppedEventsCount: z.int(),
              links: z.array(z.unknown()),
              droppedLinksCount: z.int(),
              status: z.strictObject({ code: z.int().min(0).max(2), message: z.string().optional() }),
              flags: z.int().optional(),
            }),
          ),
        }),
      ),
    }),
  ),
})
const spansOf = (body: unknown) =>
  traceRequest
    .parse(body)
    .resourceSpans.flatMap(r => r.scopeSpans.flatMap(s => s.spans.map(span => ({ span, resource: r.resource }))))

interface Post {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}
let server: Server
let posts: Post[]
let status: number
let endpoint: string
const running: Telemetry[] = []

beforeEach(async () => {
  posts = []
  status = 200
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      posts.push({ url: request.url ?? '', headers: request.headers, body: JSON.parse(text.toString()) })
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  for (const telemetry of running.splice(0)) await telemetry.shutdown()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

function start(env: Record<string, string>, more: Partial<TelemetryOptions> = {}): Telemetry {
  const telemetry = startTelemetry({ service: 'worker', version: '1.2.3', env, ...more })
  running.push(telemetry)
  return telemetry
}
function oneCall(telemetry: Telemetry, id = 'c1'): void {
  const trace = telemetry.startCall({ call: id, agent: 'a', revision: 'a-1', startedAt: Date.now(), at: 0 })
  trace.legStart('caller', 1)
  trace.mark({ mark: 'span', name: 'tool', key: 't', attributes: { name: 'find', late: true, ms: 1.5 } }, 2)
  trace.mark({ mark: 'spanEnd', name: 'tool', key: 't', error: 'X' }, 3)
  trace.event('ringing', 2)
  trace.mark({ mark: 'figure', name: 'turnGapMs', value: 640 }, 3)
  trace.end({ code: 'hangup', by: 'caller' }, 4)
}
const traces = (): Post[] => posts.filter(p => p.url === '/v1/traces')

describe('export over OTLP', () => {
  it('sends well-formed requests to the endpoint, with headers and the resource', async () => {
    const telemetry = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=k%201',
      OTEL_RESOURCE_ATTRIBUTES: 'team=voice',
      OTEL_SERVICE_NAME: 'phones',
    })
    oneCall(telemetry)
    await telemetry.flush()
    const [post] = traces()
    expect(post?.headers['x-key']).toBe('k 1')
    const sent = spansOf(post?.body)
    expect(sent.map(s => s.span.name)).toEqual(['execute_tool find', 'switchboard.leg', 'switchboard.call'])
    expect(sent[0]?.span.status).toEqual({ code: 2, message: 'X' })
    const resource = Object.fromEntries(sent[0]?.resource.attributes.map(a => [a.key, Object.values(a.value)[0]]) ?? [])
    expect(resource).toMatchObject({ 'service.name': 'phones', 'service.version': '1.2.3', team: 'voice' })
    expect(posts.some(p => p.url === '/v1/metrics' && JSON.stringify(p.body).includes('switchboard.turn.gap'))).toBe(
      true,
    )
  })

  it('sends spans while the call goes on', async () => {
    const telemetry = start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/v1/traces`,
      OTEL_BSP_SCHEDULE_DELAY: '5',
    })
    const trace = telemetry.startCall({ call: 'c', agent: 'a', revision: 'r', startedAt: Date.now(), at: 0 })
    trace.mark({ mark: 'span', name: 'turn', key: 'i' }, 1)
    trace.mark({ mark: 'spanEnd', name: 'turn', key: 'i' }, 2)
    await expect.poll(() => traces().length).toBe(1)
    expect(spansOf(traces()[0]?.body).map(s => s.span.name)).toEqual(['switchboard.turn'])
  })

  it('compresses when asked, batches by size, and sends what is left at shutdown', async () => {
    const telemetry = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
      OTEL_BSP_SCHEDULE_DELAY: '60000',
    })
    for (let i = 0; i < 3; i++) oneCall(telemetry, `c${i}`)
    await Promise.all([telemetry.shutdown(), telemetry.shutdown()])
    const batches = traces().map(p => spansOf(p.body).length)
    expect(batches.reduce((a, b) => a + b, 0)).toBe(9)
    expect(Math.max(...batches)).toBe(4)
    expect(traces()[0]?.headers['content-encoding']).toBe('gzip')
    expect(posts.some(p => p.url === '/v1/metrics')).toBe(false)
  })

  it.each<[string, Record<string, string>]>([
    ['the SDK is disabled', { OTEL_SDK_DISABLED: 'true' }],
    ['the exporter is none', { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }],
    ['the sampler is off', { OTEL_TRACES_SAMPLER: 'always_off', OTEL_METRICS_EXPORTER: 'none' }],
  ])('sends nothing when %s', async (_why, env) => {
    const telemetry = start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env })
    oneCall(telemetry)
    await telemetry.shutdown()
    expect(posts).toEqual([])
  })

  it('survives a collector that refuses', async () => {
    status = 400
    const telemetry = start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
    oneCall(telemetry)
    await expect(telemetry.flush()).resolves.toBeUndefined()
    oneCall(telemetry)
    await expect(telemetry.shutdown()).resolves.toBeUndefined()
  })
})

describe('the tap', () => {
  it('gives spans as they end, and a trace file with what the exporter sent', async () => {
    const spans: ReadableSpan[] = []
    const telemetry = start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, { onSpan: span => spans.push(span) })
    oneCall(telemetry)
    await telemetry.flush()
    const dir = mkdtempSync(join(tmpdir(), 'trace-'))
    try {
      await writeTraceFile(join(dir, 'trace.json'), spans)
      const body: unknown = JSON.parse(readFileSync(join(dir, 'trace.json'), 'utf8'))
      expect(body).toEqual(traces()[0]?.body)
    } finally {
      rmSync(dir, { recursive: true })
    }
    expect(endedSpan(spans[0]!)).toMatchObject({
      name: 'execute_tool find',
      error: 'X',
      parentSpanId: spans[1]?.spanContext().spanId,
    })
    expect(traceRequest.safeParse(JSON.parse(otlpJson([]))).success).toBe(true)
  })
})

describe('metrics on demand', () => {
  it('have Prometheus names, units in seconds and the buckets of their definition', async () => {
    const telemetry = start({})
    oneCall(telemetry)
    const text = await telemetry.collect()
    expect(text).toContain('# TYPE switchboard_turn_gap_seconds histogram')
    expect(text).toContain('switchboard_turn_gap_seconds_sum{agent="a",revision="a-1"} 0.64')
    expect(text).toContain('switchboard_turn_gap_seconds_bucket{agent="a",revision="a-1",le="0.6"} 0')
    expect(text).toContain('switchboard_turn_gap_seconds_bucket{agent="a",revision="a-1",le="0.7"} 1')
    expect(text).toContain('switchboard_turn_gap_seconds_bucket{agent="a",revision="a-1",le="+Inf"} 1')
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE|UNIT) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+|)$/,
      )
    }
  })

  it('read the worker when they are collected', async () => {
    const telemetry = start({})
    let busy = 3
    telemetry.metrics.observe(() => ({
      busy,
      slots: 50,
      loopLagMs: 12,
      packetsLost: 7,
      ledger: { healthy: false, outbox: 2, lost: 1 },
    }))
    telemetry.metrics.refused('full')
    const text = await telemetry.collect()
    expect(text).toMatch(/^switchboard_calls_busy 3$/m)
    expect(text).toMatch(/^switchboard_event_loop_lag_seconds 0.012$/m)
    expect(text).toMatch(/^switchboard_rtp_packets_lost_total 7$/m)
    expect(text).toMatch(/^switchboard_ledger_healthy 0$/m)
    expect(text).toMatch(/^switchboard_calls_refused_total\{reason="full"\} 1$/m)
    expect(text).not.toContain('switchboard_rtp_jitter')
    busy = 4
    await expect.poll(() => telemetry.collect()).toMatch(/^switchboard_calls_busy 4$/m)
  })

  it('give bucket counts that add up, per revision', () => {
    const { metrics } = start({})
    for (const ms of [90, 100, 101, 99_999]) metrics.figure({ agent: 'a', revision: 'r' }, 'turnGapMs', ms)
    metrics.figure({ agent: 'a', revision: 'r' }, 'falseBargeIn', 1)
    metrics.figure({ agent: 'a', revision: 'r' }, 'mos', Number.NaN)
    const figures = metrics.figures('r')
    expect(figures['turnGapMs']).toEqual([2, 1, ...Array.from({ length: 12 }, () => 0), 1])
    expect(figures['falseBargeIn']).toEqual([1])
    expect(figures['mos']).toBeUndefined()
    expect(metrics.figures('other')).toEqual({})
  })
})
