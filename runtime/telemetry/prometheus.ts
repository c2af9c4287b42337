/** Metrics as Prometheus text, collected on demand: the worker serves it, no port of our own. */
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { type MetricData, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

export class PullReader extends MetricReader {
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, false, true)

  async text(): Promise<string> {
    const { resourceMetrics } = await this.collect()
    return `${this.#serializer.serialize(inPrometheusUnits(resourceMetrics)).trimEnd()}\n`
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

/** The serializer leaves the unit out of the name, where Prometheus wants it (…_seconds), and keeps UCUM's abbreviations. */
function inPrometheusUnits(metrics: ResourceMetrics): ResourceMetrics {
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map(scope => ({ ...scope, metrics: scope.metrics.map(inPrometheusUnit) })),
  }
}

function inPrometheusUnit(metric: MetricData): MetricData {
  const { descriptor } = metric
  const unit = descriptor.unit === 's' ? 'seconds' : ''
  const name = unit === '' ? descriptor.name : `${descriptor.name}.${unit}`
  return { ...metric, descriptor: { ...descriptor, name, unit } }
}
