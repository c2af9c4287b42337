/** The instruments of a worker, made from `telemetry/metrics.ts`, and what may be counted on them. */
import type { Counter, Histogram, Meter } from '@opentelemetry/api'
import type { Figure } from '#runtime/call/effects.ts'
import type { EndReason } from '#runtime/call/ports.ts'
import { FIGURE_METRIC, METRIC, type MetricDefinition, type MetricKey } from '#telemetry/metrics.ts'
import { FigureTable } from './figures.ts'
import { outcomeOf } from './outcome.ts'

export interface Who {
  readonly agent: string
  readonly revision: string
}

/** What a worker can say of itself at any moment; absent facts are not exported. Counts are cumulative since the process began. */
export interface WorkerFacts {
  readonly busy?: number
  readonly slots?: number
  readonly timers?: number
  readonly loopLagMs?: number
  readonly jitterMs?: number
  readonly packetsLost?: number
  readonly packetsLate?: number
  readonly breakers?: readonly {
    readonly provider: string
    readonly host: string
    readonly model: string
    readonly state: string
  }[]
  readonly ledger?: { readonly healthy: boolean; readonly outbox: number; readonly lost: number }
}

/** One value, or one for each of some attributes. */
type Value = number | readonly (readonly [number, Readonly<Record<string, string>>])[] | undefined
type Values = Partial<Record<MetricKey, Value>>

const BREAKER: Readonly<Record<string, number>> = { closed: 0, halfOpen: 1, open: 2 }

export class CallMetrics {
  readonly #histograms = new Map<MetricKey, Histogram>()
  readonly #counters = new Map<MetricKey, Counter>()
  readonly #table = new FigureTable()
  #facts: () => WorkerFacts = () => ({})

  constructor(meter: Meter) {
    let read: Values = {}
    let readAt = Number.NEGATIVE_INFINITY
    // one look serves all observable instruments of a collection
    const observe = (key: MetricKey): Value => {
      const now = performance.now()
      if (now - readAt > 50) {
        read = valuesOf(this.#facts())
        readAt = now
      }
      return read[key]
    }
    for (const [name, definition] of Object.entries(METRIC) as [MetricKey, MetricDefinition][]) {
      const { kind, unit, description, buckets } = definition
      if (kind === 'histogram') {
        const advice = { explicitBucketBoundaries: [...(buckets ?? [])] }
        this.#histograms.set(name, meter.createHistogram(definition.name, { unit, description, advice }))
      } else if (kind === 'counter') {
        this.#counters.set(name, meter.createCounter(definition.name, { unit, description }))
      } else {
        const options = { unit, description }
        const instrument =
          kind === 'gauge'
            ? meter.createObservableGauge(definition.name, options)
            : meter.createObservableCounter(definition.name, options)
        instrument.addCallback(result => {
          const value = observe(name)
          if (typeof value === 'number') result.observe(value)
          else for (const [one, by] of value ?? []) result.observe(one, by)
        })
      }
    }
  }

  /** Where gauges and packet counts are read from, at each collection. */
  observe(facts: () => WorkerFacts): void {
    this.#facts = facts
  }

  /** A sample of the call machine: milliseconds, a MOS, or a count. */
  figure(who: Who, name: Figure, value: number): void {
    if (!Number.isFinite(value) || value < 0) return
    const key = FIGURE_METRIC[name]
    const by = { agent: who.agent, revision: who.revision }
    this.#table.add(who.revision, name, value)
    this.#histograms.get(key)?.record(METRIC[key].unit === 's' ? value / 1000 : value, by)
    this.#counters.get(key)?.add(value, by)
  }

  ended(who: Who, why: EndReason): void {
    const by = { agent: who.agent, revision: who.revision, outcome: outcomeOf(why.code), code: why.code }
    this.#counters.get('calls')?.add(1, by)
  }

  /** An attempt to hand a caller over has ended. */
  transfer(who: Who, by: string, outcome: string): void {
    this.#counters.get('transfers')?.add(1, { agent: who.agent, revision: who.revision, by, outcome })
  }

  /** `result`: 'ok' or an error code. */
  tool(who: Who, tool: string, result: string): void {
    this.#counters.get('tools')?.add(1, { agent: who.agent, revision: who.revision, tool, result })
  }

  /** A text of a prompt was rendered, or not: 'rendered', 'cached', or an error code. */
  prompt(who: Who, result: string): void {
    this.#counters.get('prompts')?.add(1, { agent: who.agent, revision: who.revision, result })
  }

  /** `reason` is one of few words: full, draining, no_agent, forbidden … */
  refused(reason: string): void {
    this.#counters.get('refused')?.add(1, { reason })
  }

  /** Bucket counts of one revision for the load stream. */
  figures(revision: string): Readonly<Record<string, readonly number[]>> {
    return this.#table.of(revision)
  }
}

function valuesOf(facts: WorkerFacts): Values {
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000)
  return {
    busy: facts.busy,
    slots: facts.slots,
    timers: facts.timers,
    loopLag: seconds(facts.loopLagMs),
    jitter: seconds(facts.jitterMs),
    packetsLost: facts.packetsLost,
    packetsLate: facts.packetsLate,
    breaker: facts.breakers?.map(({ state, ...by }) => [BREAKER[state] ?? 0, by] as const),
    ledgerLost: facts.ledger?.lost,
    ledgerOutbox: facts.ledger?.outbox,
    ledgerHealthy: facts.ledger === undefined ? undefined : Number(facts.ledger.healthy),
  }
}
