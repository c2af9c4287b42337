/** The page docs/telemetry.md, made from the names: it cannot be out of date. */
import { METRIC, type MetricDefinition, OPERATOR_METRIC } from './metrics.ts'
import { ATTR, ATTRIBUTE_MEANING, type AttributeKey, isPii, SPAN, SPAN_MEANING, type SpanKey } from './names.ts'

const ALL: readonly MetricDefinition[] = [...Object.values(METRIC), ...Object.values(OPERATOR_METRIC)]

export function renderTelemetryDocs(): string {
  const spans = (Object.keys(SPAN) as SpanKey[]).map(key => [code(SPAN[key]), SPAN_MEANING[key]])
  const attributes = (Object.keys(ATTR) as AttributeKey[]).map(key => {
    const { on, text } = ATTRIBUTE_MEANING[key]
    return [code(ATTR[key]), on.map(span => span).join(', '), `${text}${isPii(ATTR[key]) ? ' **Content.**' : ''}`]
  })
  const metrics = ALL.map(metric => [
    code(metric.name),
    code(prometheusName(metric)),
    metric.kind === 'observableCounter' ? 'counter' : metric.kind,
    metric.unit === '1' ? '' : metric.unit,
    metric.by.map(code).join(' '),
    metric.description,
  ])
  const buckets = ALL.filter(metric => metric.buckets !== undefined).map(metric => [
    code(metric.name),
    (metric.buckets ?? []).join(', '),
  ])
  return `${[
    '# Telemetry',
    'Made by `make generate` from `telemetry/`; do not edit.',
    'One trace per call, exported while the call goes on, and metrics by agent and revision. Metrics are always on `/metrics` of worker ' +
      'and operator as Prometheus text. Traces and metrics go out over OTLP/HTTP (JSON) when `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector. ' +
      'The standard settings are honoured: `OTEL_SDK_DISABLED`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, ' +
      '`OTEL_EXPORTER_OTLP_[TRACES_|METRICS_]{ENDPOINT,HEADERS,TIMEOUT,COMPRESSION}`, `OTEL_{TRACES,METRICS}_EXPORTER` (`otlp`, `console`, `none`), ' +
      '`OTEL_TRACES_SAMPLER[_ARG]`, `OTEL_BSP_*`, `OTEL_METRIC_EXPORT_{INTERVAL,TIMEOUT}`, the span limits and `OTEL_LOG_LEVEL`. ' +
      'Two defaults differ from the specification: nothing is exported until an endpoint or an exporter is named, and spans wait 1 s for their batch. ' +
      'On a cluster they are the chart’s values under `otel`, of which [workers are given most](values.md#otel).',
    '## Spans',
    'call → leg → session → turn → tool. An incoming `traceparent` is continued; each tool gets the context of its own span.',
    table(['span', 'what it is'], spans),
    '## Attributes',
    'GenAI semantic conventions where they exist. **Content** is what callers, models and tools said, and callers’ numbers: such a name has ' +
      'the segment `pii`, so that a collector can strip it, and it is off unless the agent sets `data.traceContent: On`.',
    table(['attribute', 'on', 'what it says'], attributes),
    '## Metrics',
    'Never by call or number. `outcome` is `success`, `client`, `server`, `upstream` or `indeterminate`: who would have to act.',
    table(['metric', 'on /metrics', 'kind', 'unit', 'by', 'what it says'], metrics),
    '### Buckets',
    table(['histogram', 'upper bounds'], buckets),
  ].join('\n\n')}\n`
}

/** As the Prometheus text has it: dots become underscores, the unit and `_total` are appended. */
export function prometheusName(metric: MetricDefinition): string {
  const base = metric.name.replaceAll('.', '_')
  if (metric.unit === 's') return `${base}_seconds`
  return metric.kind === 'counter' || metric.kind === 'observableCounter' ? `${base}_total` : base
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
