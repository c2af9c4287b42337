/** Spans of an OTLP export request in JSON (opentelemetry-proto, trace/v1) as plain values. */
import type { Attributes, AttributeValue, EndedSpan } from '#telemetry/span.ts'

interface OtlpValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string | number
  readonly doubleValue?: number
}
interface OtlpAttribute {
  readonly key: string
  readonly value: OtlpValue
}
interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes?: readonly OtlpAttribute[]
  readonly events?: readonly {
    readonly name: string
    readonly timeUnixNano: string
    readonly attributes?: readonly OtlpAttribute[]
  }[]
  readonly status?: { readonly code?: number; readonly message?: string }
}
export interface OtlpRequest {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[]
  }[]
}

const STATUS_ERROR = 2

export function spansOf(request: OtlpRequest): EndedSpan[] {
  const spans = request.resourceSpans?.flatMap(r => r.scopeSpans ?? []).flatMap(s => s.spans ?? []) ?? []
  return spans.map(span => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || null,
    name: span.name,
    startMs: milliseconds(span.startTimeUnixNano),
    endMs: milliseconds(span.endTimeUnixNano),
    attributes: plain(span.attributes),
    events: (span.events ?? []).map(event => ({
      name: event.name,
      atMs: milliseconds(event.timeUnixNano),
      attributes: plain(event.attributes),
    })),
    ...(span.status?.code === STATUS_ERROR && { error: span.status.message ?? 'error' }),
  }))
}

/** Nanoseconds are beyond what a number holds: microseconds are enough. */
function milliseconds(nanos: string): number {
  return Number(BigInt(nanos) / 1000n) / 1000
}

function plain(attributes: readonly OtlpAttribute[] = []): Attributes {
  const out: Record<string, AttributeValue> = {}
  for (const { key, value } of attributes)
    out[key] =
      value.stringValue ??
      value.boolValue ??
      value.doubleValue ??
      (value.intValue === undefined ? JSON.stringify(value) : Number(value.intValue))
  return out
}
