/** An OpenTelemetry collector for tests: takes OTLP over HTTP as JSON, keeps spans and every byte that came. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sleep } from '#test/phones/process.ts'

export interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** '' when the span has no error. */
  readonly error: string
  readonly events: readonly string[]
}

interface OtlpValue {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly boolValue?: boolean
}
interface OtlpAttribute {
  readonly key: string
  readonly value: OtlpValue
}
interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes?: readonly OtlpAttribute[]
  readonly status?: { readonly code?: number; readonly message?: string }
  readonly events?: readonly { readonly name: string }[]
}
interface OtlpTraces {
  readonly resourceSpans?: readonly { readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[] }[]
}

/** STATUS_CODE_ERROR of opentelemetry-proto trace.proto. */
const ERROR = 2

export interface Collector {
  readonly url: string
  readonly spans: readonly Span[]
  /** Bodies as they came. */
  readonly raw: readonly string[]
  /** All spans of the call with this SIP Call-ID, once its own has ended. @throws Error after `ms` */
  call(sipCallId: string, ms?: number): Promise<Span[]>
  close(): Promise<void>
}

export async function startCollector(): Promise<Collector> {
  const spans: Span[] = []
  const raw: string[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8')
      raw.push(body)
      if (request.url?.endsWith('/v1/traces') === true) spans.push(...spansOf(JSON.parse(body) as OtlpTraces))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    raw,
    call: async (sipCallId, ms = 6000) => {
      for (let waited = 0; waited <= ms; waited += 50) {
        const root = spans.find(
          s => s.name === 'switchboard.call' && s.attributes['switchboard.sip.call_id'] === sipCallId,
        )
        if (root !== undefined) return spans.filter(s => s.traceId === root.traceId)
        await sleep(50)
      }
      throw new Error(`no span of the call ${sipCallId} in ${ms} ms`)
    },
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function spansOf(traces: OtlpTraces): Span[] {
  return (traces.resourceSpans ?? [])
    .flatMap(r => r.scopeSpans ?? [])
    .flatMap(s => s.spans ?? [])
    .map(span => ({
      name: span.name,
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId ?? '',
      attributes: Object.fromEntries((span.attributes ?? []).map(a => [a.key, valueOf(a.value)])),
      error: span.status?.code === ERROR ? (span.status.message ?? 'error') : '',
      events: (span.events ?? []).map(e => e.name),
    }))
}

function valueOf(value: OtlpValue): string | number | boolean {
  if (value.intValue !== undefined) return Number(value.intValue)
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? ''
}
