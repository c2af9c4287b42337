/**
 * The bounded queue before the writer. When it is full new rows are refused: a call never waits for its record. Headers and last words
 * ('begin', 'answered', 'end', 'fault') may use the last tenth, so that a flood of turns never costs the facts that a bill or a complaint needs.
 */
import type { Row } from './entry.ts'

export interface QueueLimits {
  readonly rows: number
  /** Bytes, counted as two per UTF-16 unit of JSON. */
  readonly bytes: number
}

const VITAL = new Set(['begin', 'answered', 'end', 'fault'])

export class RowQueue {
  readonly #limits: QueueLimits
  #rows: Row[] = []
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#rows.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** False: full, and nothing was taken. */
  push(row: Row): boolean {
    const size = sizeOf(row)
    const share = 'header' in row || VITAL.has(row.kind) ? 1 : 0.9
    if (this.#rows.length + 1 > this.#limits.rows * share || this.#bytes + size > this.#limits.bytes * share)
      return false
    this.#rows.push(row)
    this.#bytes += size
    return true
  }

  /** The oldest rows, at most `max`, in order; they stay counted until {@link settle}. */
  peek(max: number): readonly Row[] {
    return this.#rows.slice(0, max)
  }

  /** The oldest `count` rows are durable, or given up. */
  settle(count: number): void {
    for (const row of this.#rows.splice(0, count)) this.#bytes -= sizeOf(row)
  }
}

function sizeOf(row: Row): number {
  return 'header' in row ? 1024 : 128 + 2 * row.body.length
}
