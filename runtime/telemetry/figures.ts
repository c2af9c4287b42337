/** Cumulative bucket counts of figures per revision since the process began, for the load stream: they add up over pods, percentiles do not. */

import type { Figure } from '#runtime/call/effects.ts'
import { FIGURE_METRIC, METRIC } from '#telemetry/metrics.ts'

/** Revisions remembered; the oldest goes first. */
const MAX_REVISIONS = 64

export class FigureTable {
  readonly #revisions = new Map<string, Record<string, number[]>>()

  add(revision: string, figure: Figure, value: number): void {
    let figures = this.#revisions.get(revision)
    if (figures === undefined) {
      if (this.#revisions.size >= MAX_REVISIONS) this.#revisions.delete(this.#revisions.keys().next().value ?? '')
      figures = {}
      this.#revisions.set(revision, figures)
    }
    const bounds = boundsOf(figure)
    figures[figure] ??= Array.from({ length: bounds.length + 1 }, () => 0)
    const counts = figures[figure]
    const index = bounds.findIndex(bound => value <= bound)
    // a plain count has no bounds, one bucket, and adds up
    counts[index === -1 ? bounds.length : index]! += bounds.length === 0 ? value : 1
  }

  /** By figure: counts per bucket, the last one beyond the highest bound. Bounds are those of `telemetry/metrics.ts`, in milliseconds. */
  of(revision: string): Readonly<Record<string, readonly number[]>> {
    return this.#revisions.get(revision) ?? {}
  }
}

const bounds = new Map<Figure, readonly number[]>()

/** Upper bounds of a figure's buckets in the figure's own unit; none for a plain count. */
export function boundsOf(figure: Figure): readonly number[] {
  let found = bounds.get(figure)
  if (found === undefined) {
    const metric = METRIC[FIGURE_METRIC[figure]]
    const upper: readonly number[] = 'buckets' in metric ? metric.buckets : []
    found = metric.unit === 's' ? upper.map(s => Math.round(s * 1000)) : upper
    bounds.set(figure, found)
  }
  return found
}
