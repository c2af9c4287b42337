/** Starts tracing and metrics of a process: OTLP when the environment asks for it, Prometheus text on demand, and a tap on ended spans. */
import { randomUUID } from 'node:crypto'
import {
  createNoopMeter,
  type DiagLogFunction,
  DiagLogLevel,
  diag,
  type Meter,
  ProxyTracerProvider,
  type Tracer,
} from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { CallMetrics } from './call-metrics.ts'
import { CallTrace, type CallTraceOptions } from './call-trace.ts'
import { exportFailed } from './errors.ts'
import { type Env, type OtelSettings, type OtlpTarget, readOtelEnv } from './otel-env.ts'
import { PullReader } from './prometheus.ts'

export interface TelemetryOptions {
  /** `service.name`, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say otherwise. */
  readonly service: string
  readonly version?: string
  /** `service.instance.id`: the pod's name; default a random id. */
  readonly instance?: string
  /** Default `process.env`. Certificates (OTEL_EXPORTER_OTLP_CERTIFICATE …) are always read from the process. */
  readonly env?: Env
  /** Called with every sampled span as it ends; must not throw or wait. */
  readonly onSpan?: (span: ReadableSpan) => void
  /** OpenTelemetry's own complaints, and settings that are ignored. Sets the process-wide diagnostics logger. */
  readonly log?: (
    level: 'error' | 'warn' | 'info' | 'debug',
    message: string,
    fields: { readonly code: string },
  ) => void
}

export interface Telemetry {
  readonly tracer: Tracer
  readonly meter: Meter
  readonly metrics: CallMetrics
  startCall(options: CallTraceOptions): CallTrace
  /** Prometheus text, format 0.0.4 (`text/plain; version=0.0.4; charset=utf-8`). */
  collect(): Promise<string>
  /** Sends what waits; never rejects. */
  flush(): Promise<void>
  /** Sends what waits and stops, within some seconds. Idempotent; never rejects. */
  shutdown(): Promise<void>
}

export function startTelemetry(options: TelemetryOptions): Telemetry {
  const settings = readOtelEnv(options.env ?? process.env)
  if (options.log !== undefined) logDiagnostics(settings, options.log)
  if (settings.disabled) return disabledTelemetry()
  const resource = defaultResource().merge(
    resourceFromAttributes({
      'service.name': options.service,
      'service.version': options.version ?? '0.0.0',
      'service.instance.id': options.instance ?? randomUUID(),
      ...settings.resource,
    }),
  )
  const { attributes, valueLength, events } = settings.traces.limits
  const tracers = new TracerProvider({
    resource,
    sampler: samplerOf(settings),
    spanLimits: { attributeCountLimit: attributes, attributeValueLengthLimit: valueLength, eventCountLimit: events },
    spanProcessors: [...batches(settings), ...(options.onSpan === undefined ? [] : [tap(options.onSpan)])],
  })
  const pull = new PullReader()
  const meters = new MeterProvider({ resource, readers: [pull, ...pushReaders(settings)] })
  const tracer = tracers.getTracer('switchboard', options.version)
  const meter = meters.getMeter('switchboard', options.version)
  const metrics = new CallMetrics(meter)
  const quietly = async (what: Promise<void>[]): Promise<void> => {
    await Promise.allSettled(what)
  }
  let stopping: Promise<void> | undefined
  return {
    tracer,
    meter,
    metrics,
    startCall: call => new CallTrace(tracer, metrics, call),
    collect: () => pull.text(),
    flush: () => quietly([tracers.forceFlush(), meters.forceFlush()]),
    shutdown: () => (stopping ??= quietly([tracers.shutdown(), meters.shutdown()])),
  }
}

/** OTEL_SDK_DISABLED: nothing is recorded, all calls are answered. */
function disabledTelemetry(): Telemetry {
  const tracer = new ProxyTracerProvider().getTracer('switchboard')
  const meter = createNoopMeter()
  const metrics = new CallMetrics(meter)
  return {
    tracer,
    meter,
    metrics,
    startCall: call => new CallTrace(tracer, metrics, call),
    collect: () => Promise.resolve('# telemetry is disabled (OTEL_SDK_DISABLED)\n'),
    flush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

function batches({ traces }: OtelSettings): SpanProcessor[] {
  return traces.exporters.map(kind => {
    const exporter: SpanExporter =
      kind === 'otlp' ? new OTLPTraceExporter(httpOptions(traces.target)) : new ConsoleSpanExporter()
    return new BatchSpanProcessor({
      exporter,
      scheduledDelayMillis: traces.batch.delayMs,
      maxQueueSize: traces.batch.queue,
      maxExportBatchSize: traces.batch.size,
      exportTimeoutMillis: traces.batch.timeoutMs,
    })
  })
}

function pushReaders({ metrics }: OtelSettings): PeriodicExportingMetricReader[] {
  return metrics.exporters.map(
    kind =>
      new PeriodicExportingMetricReader({
        exporter: kind === 'otlp' ? new OTLPMetricExporter(httpOptions(metrics.target)) : new ConsoleMetricExporter(),
        exportIntervalMillis: metrics.intervalMs,
        exportTimeoutMillis: Math.min(metrics.timeoutMs, metrics.intervalMs),
      }),
  )
}

type HttpConfig = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>

function httpOptions(target: OtlpTarget): HttpConfig {
  const { url, timeoutMs, gzip } = target
  // the enum of compressions lives in a package we do not name; its values are these words
  const words: Record<string, unknown> = { compression: gzip ? 'gzip' : 'none' }
  return { url, headers: { ...target.headers }, timeoutMillis: timeoutMs, ...words }
}

function samplerOf({ traces }: OtelSettings): Sampler {
  const { name, ratio } = traces.sampler
  const root = name.endsWith('always_on')
    ? new AlwaysOnSampler()
    : name.endsWith('always_off')
      ? new AlwaysOffSampler()
      : new TraceIdRatioBasedSampler(ratio)
  return name.startsWith('parentbased') ? new ParentBasedSampler({ root }) : root
}

function tap(onSpan: (span: ReadableSpan) => void): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: onSpan,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

function logDiagnostics(settings: OtelSettings, log: NonNullable<TelemetryOptions['log']>): void {
  for (const warning of settings.warnings) log('warn', warning.message, { code: warning.code })
  const at =
    (level: 'error' | 'warn' | 'info' | 'debug'): DiagLogFunction =>
    message =>
      log(level, level === 'error' ? exportFailed(message).message : message, { code: exportFailed.code })
  const levels = {
    none: 'NONE',
    error: 'ERROR',
    warn: 'WARN',
    info: 'INFO',
    debug: 'DEBUG',
    verbose: 'VERBOSE',
  } as const
  diag.setLogger(
    { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), verbose: at('debug') },
    { logLevel: DiagLogLevel[levels[settings.logLevel]], suppressOverrideMessage: true },
  )
}
