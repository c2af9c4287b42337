/** Metrics of the operator, by OpenTelemetry. */
import type { Histogram, Meter } from '@opentelemetry/api'
import type { RequestMetrics } from '#kube/client/requests.ts'
import type { QueueMetrics } from '#kube/queue/controller.ts'
import type { QueueStats } from '#kube/queue/keyed-queue.ts'
import { OPERATOR_METRIC as METRIC, type MetricDefinition } from '#telemetry/metrics.ts'

export interface OperatorFigures {
  readonly leading: boolean
  readonly queue: QueueStats | null
  readonly cacheBytes: number
  readonly staleMs: number
  readonly agents: number
  readonly pods: number
  /** Load streams that say something. */
  readonly streams: number
  readonly eventsDropped: number
}

export function requestMetrics(meter: Meter): RequestMetrics {
  const [time, wait] = [histogram(meter, METRIC.requestTime), histogram(meter, METRIC.requestWait)]
  return {
    waited: ms => wait.record(ms / 1000),
    answered: (method, ms, outcome) => time.record(ms / 1000, { method, outcome }),
  }
}

export function operatorMetrics(meter: Meter, figures: () => OperatorFigures): QueueMetrics {
  const worked = histogram(meter, METRIC.reconcileTime)
  const waited = histogram(meter, METRIC.reconcileWait)
  const gauge = (metric: MetricDefinition) =>
    meter.createObservableGauge(metric.name, { unit: metric.unit, description: metric.description })
  const leading = gauge(METRIC.leading)
  const queue = gauge(METRIC.queue)
  const cache = gauge(METRIC.cache)
  const stale = gauge(METRIC.silence)
  const objects = gauge(METRIC.objects)
  const dropped = meter.createObservableCounter(METRIC.eventsDropped.name, {
    unit: METRIC.eventsDropped.unit,
    description: METRIC.eventsDropped.description,
  })
  meter.addBatchObservableCallback(
    out => {
      const now = figures()
      out.observe(leading, now.leading ? 1 : 0)
      for (const [state, count] of Object.entries(now.queue ?? {})) out.observe(queue, count, { state })
      out.observe(cache, now.cacheBytes)
      out.observe(stale, now.staleMs / 1000)
      for (const kind of ['agents', 'pods', 'streams'] as const) out.observe(objects, now[kind], { kind })
      out.observe(dropped, now.eventsDropped)
    },
    [leading, queue, cache, stale, objects, dropped],
  )
  return {
    waited: ms => waited.record(ms / 1000),
    worked: (ms, ok) => worked.record(ms / 1000, { outcome: ok ? 'ok' : 'error' }),
  }
}

function histogram(meter: Meter, { name, unit, description, buckets = [] }: MetricDefinition): Histogram {
  return meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...buckets] } })
}
