/** Ended spans as plain values, and as an OTLP file: one ExportTraceServiceRequest in JSON, which any collector or viewer reads. */
import { writeFile } from 'node:fs/promises'
import { SpanStatusCode } from '@opentelemetry/api'
import { hrTimeToMicroseconds } from '@opentelemetry/core'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Attributes, AttributeValue, EndedSpan } from '#telemetry/span.ts'

export function endedSpan(span: ReadableSpan): EndedSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    startMs: hrTimeToMicroseconds(span.startTime) / 1000,
    endMs: hrTimeToMicroseconds(span.endTime) / 1000,
    attributes: plain(span.attributes),
    events: span.events.map(e => ({
      name: e.name,
      atMs: hrTimeToMicroseconds(e.time) / 1000,
      attributes: plain(e.attributes ?? {}),
    })),
    ...(span.status.code === SpanStatusCode.ERROR ? { error: span.status.message ?? 'error' } : {}),
  }
}

/** The body of an OTLP/HTTP export of these spans, as JSON text. */
export function otlpJson(spans: readonly ReadableSpan[]): string {
  const request = JsonTraceSerializer.serializeRequest([...spans])
  return request === undefined ? '{"resourceSpans":[]}' : new TextDecoder().decode(request)
}

export async function writeTraceFile(path: string, spans: readonly ReadableSpan[]): Promise<void> {
  await writeFile(path, `${otlpJson(spans)}\n`)
}

function plain(attributes: Readonly<Record<string, unknown>>): Attributes {
  const out: Record<string, AttributeValue> = {}
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') out[key] = value
    else if (value !== undefined) out[key] = JSON.stringify(value)
  }
  return out
}
