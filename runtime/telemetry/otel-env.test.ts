import { describe, expect, it } from 'vitest'
import { readOtelEnv } from './otel-env.ts'

describe('OTEL_* settings', () => {
  it('export nothing until asked to', () => {
    const { traces, metrics, disabled, warnings } = readOtelEnv({})
    expect({ disabled, traces: traces.exporters, metrics: metrics.exporters, warnings }).toEqual({
      disabled: false,
      traces: [],
      metrics: [],
      warnings: [],
    })
  })

  it.each<[Record<string, string>, { traces?: string; metrics?: string }]>([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' },
      { traces: 'http://c:4318/v1/traces', metrics: 'http://c:4318/v1/metrics' },
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/base/' },
      { traces: 'http://c:4318/base/v1/traces', metrics: 'http://c:4318/base/v1/metrics' },
    ],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/x' }, { traces: 'http://t/x' }],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m/x' }, { metrics: 'http://m/x' }],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' },
      { metrics: 'http://c:4318/v1/metrics' },
    ],
    [
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'prometheus' },
      { traces: 'http://localhost:4318/v1/traces' },
    ],
  ])('%o export to %o', (env, expected) => {
    const { traces, metrics, warnings } = readOtelEnv(env)
    expect({
      ...(traces.exporters.includes('otlp') ? { traces: traces.target.url } : {}),
      ...(metrics.exporters.includes('otlp') ? { metrics: metrics.target.url } : {}),
    }).toEqual(expected)
    expect(warnings).toEqual([])
  })

  it('take headers, names, resource, sampler, batch and limits', () => {
    const s = readOtelEnv({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x,a=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=2',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_SERVICE_NAME: 'phones',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=voice',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '200',
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '10',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_SDK_DISABLED: 'TRUE',
    })
    expect(s).toMatchObject({
      disabled: true,
      resource: { 'service.name': 'phones', team: 'voice' },
      traces: {
        target: { headers: { authorization: 'Bearer x', a: '2' }, timeoutMs: 500, gzip: true },
        sampler: { name: 'parentbased_traceidratio', ratio: 0.25 },
        batch: { delayMs: 50, queue: 100, size: 100 },
        limits: { valueLength: 10 },
      },
      metrics: { target: { headers: { a: '1' } }, intervalMs: 1000 },
      warnings: [],
    })
  })

  it.each<[string, string]>([
    ['OTEL_BSP_SCHEDULE_DELAY', 'soon'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_EXPORTER', 'jaeger'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'no url'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_LOG_LEVEL', 'loud'],
  ])('warn about %s=%s and go on with the default', (name, value) => {
    const { warnings } = readOtelEnv({ [name]: value })
    expect(warnings.length).toBeGreaterThan(0)
    expect(warnings.every(w => w.message.includes(`${name}=${value}`))).toBe(true)
    const wide = readOtelEnv({ [name]: value }).traces
    expect(wide.batch).toEqual(readOtelEnv({}).traces.batch)
    expect(wide.sampler).toEqual(readOtelEnv({}).traces.sampler)
  })
})
