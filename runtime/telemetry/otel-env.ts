/**
 * The standard OTEL_* settings as plain values. SDK 3.x reads few of them by itself when its parts are built by hand, so all are read here
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Two deviations: OTLP is off until an endpoint is
 * named or an exporter asked for, since a worker on a laptop has no collector; spans wait 1 s for their batch, not 5.
 */
import { parseKeyPairsIntoRecord } from '@opentelemetry/core'
import type { SwitchboardError } from '#errors/registry.ts'
import { otelSettingIgnored } from './errors.ts'

export type Env = Readonly<Record<string, string | undefined>>
export type ExporterKind = 'otlp' | 'console'

export interface OtlpTarget {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly gzip: boolean
}

export interface OtelSettings {
  readonly disabled: boolean
  /** Attributes of the resource; `service.name` among them when the environment names it. */
  readonly resource: Readonly<Record<string, string>>
  readonly traces: {
    readonly exporters: readonly ExporterKind[]
    readonly target: OtlpTarget
    readonly sampler: { readonly name: SamplerName; readonly ratio: number }
    readonly batch: {
      readonly delayMs: number
      readonly queue: number
      readonly size: number
      readonly timeoutMs: number
    }
    readonly limits: { readonly attributes: number; readonly valueLength: number; readonly events: number }
  }
  readonly metrics: {
    readonly exporters: readonly ExporterKind[]
    readonly target: OtlpTarget
    readonly intervalMs: number
    readonly timeoutMs: number
  }
  readonly logLevel: 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose'
  readonly warnings: readonly SwitchboardError[]
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
export type SamplerName = (typeof SAMPLERS)[number]

const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose'] as const

export function readOtelEnv(env: Env): OtelSettings {
  const warnings: SwitchboardError[] = []
  const get = (name: string): string | undefined => env[name]?.trim() || undefined
  const ignored = (name: string, why: string): void => {
    warnings.push(otelSettingIgnored(name, get(name) ?? '', why))
  }
  const number = (name: string, fallback: number, least = 0): number => {
    const raw = get(name)
    if (raw === undefined) return fallback
    const value = Number(raw)
    if (Number.isFinite(value) && value >= least) return value
    ignored(name, `it must be a number of at least ${least}`)
    return fallback
  }
  const oneOf = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
    const raw = get(name)?.toLowerCase()
    if (raw === undefined) return fallback
    const found = allowed.find(word => word === raw)
    if (found === undefined) ignored(name, `known are ${allowed.join(', ')}`)
    return found ?? fallback
  }
  const exporters = (name: string, endpoint: string): ExporterKind[] => {
    const named = get('OTEL_EXPORTER_OTLP_ENDPOINT') ?? get(endpoint)
    const words = get(name)?.toLowerCase().split(',') ?? (named === undefined ? [] : ['otlp'])
    const kinds = new Set<ExporterKind>()
    for (const word of words.map(w => w.trim())) {
      if (word === 'otlp' || word === 'console') kinds.add(word)
      else if (word !== 'none' && word !== 'prometheus') ignored(name, 'known are otlp, console, prometheus, none')
    }
    return [...kinds]
  }
  const target = (signal: 'TRACES' | 'METRICS', path: string): OtlpTarget => {
    const own = (what: string): string => `OTEL_EXPORTER_OTLP_${signal}_${what}`
    const protocolName = get(own('PROTOCOL')) === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : own('PROTOCOL')
    const protocol = get(protocolName)
    if (protocol !== undefined && protocol !== 'http/json') {
      if (protocol === 'grpc') ignored(protocolName, 'OTLP goes over HTTP here; name the collector’s HTTP port (4318)')
      else if (protocol !== 'http/protobuf') ignored(protocolName, 'OTLP goes over HTTP as JSON here')
    }
    const specific = get(own('ENDPOINT'))
    const base = get('OTEL_EXPORTER_OTLP_ENDPOINT') ?? 'http://localhost:4318'
    const wanted = specific ?? `${base.replace(/\/+$/, '')}/${path}`
    if (!URL.canParse(wanted))
      ignored(specific === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : own('ENDPOINT'), 'it is no URL')
    return {
      url: URL.canParse(wanted) ? wanted : `http://localhost:4318/${path}`,
      headers: {
        ...parseKeyPairsIntoRecord(get('OTEL_EXPORTER_OTLP_HEADERS')),
        ...parseKeyPairsIntoRecord(get(own('HEADERS'))),
      },
      timeoutMs: number(own('TIMEOUT'), number('OTEL_EXPORTER_OTLP_TIMEOUT', 10_000, 1), 1),
      gzip: (get(own('COMPRESSION')) ?? get('OTEL_EXPORTER_OTLP_COMPRESSION')) === 'gzip',
    }
  }
  const attributeCount = number('OTEL_ATTRIBUTE_COUNT_LIMIT', 128)
  const valueLength = number('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 4096)
  const name = get('OTEL_SERVICE_NAME')
  const queue = number('OTEL_BSP_MAX_QUEUE_SIZE', 8192, 1)
  return {
    disabled: get('OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    resource: {
      ...parseKeyPairsIntoRecord(get('OTEL_RESOURCE_ATTRIBUTES')),
      ...(name === undefined ? {} : { 'service.name': name }),
    },
    traces: {
      exporters: exporters('OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'),
      target: target('TRACES', 'v1/traces'),
      sampler: {
        name: oneOf('OTEL_TRACES_SAMPLER', SAMPLERS, 'parentbased_always_on'),
        ratio: Math.min(1, number('OTEL_TRACES_SAMPLER_ARG', 1)),
      },
      batch: {
        delayMs: number('OTEL_BSP_SCHEDULE_DELAY', 1000),
        queue,
        size: Math.min(queue, number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, 1)),
        timeoutMs: number('OTEL_BSP_EXPORT_TIMEOUT', 30_000, 1),
      },
      limits: {
        attributes: number('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', attributeCount),
        valueLength: number('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', valueLength),
        events: number('OTEL_SPAN_EVENT_COUNT_LIMIT', 256),
      },
    },
    metrics: {
      exporters: exporters('OTEL_METRICS_EXPORTER', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'),
      target: target('METRICS', 'v1/metrics'),
      intervalMs: number('OTEL_METRIC_EXPORT_INTERVAL', 60_000, 100),
      timeoutMs: number('OTEL_METRIC_EXPORT_TIMEOUT', 30_000, 1),
    },
    logLevel: oneOf('OTEL_LOG_LEVEL', LOG_LEVELS, 'info'),
    warnings,
  }
}
