/** One line of `GET /v1/load`: what an autoscaler, a router and a drain need to know of a worker. */
import { z } from 'zod'

const count = z.number().int().nonnegative()

export const loadLineSchema = z.object({
  v: z.literal(1),
  pod: z.string(),
  /** New at every start of the process: a counter that went down means a restart, not a rollback. */
  boot: z.string(),
  /** Rises by one per line of a stream, so that a reader sees what it missed. */
  seq: count,
  slots: z.object({ total: count, reserved: count, busy: count }),
  /** Ledger entries not yet durable outside of this pod. */
  outbox: count,
  /** Echo of the drain's id is its acknowledgement. `deadline` is epoch milliseconds; `longestMs` the age of the oldest call. */
  drain: z.object({ id: z.string(), deadline: z.number(), longestMs: z.number().nonnegative() }).nullable(),
  /** By revision. `figures` are cumulative bucket counts since boot, which add up over pods; never a percentile, which does not. */
  revisions: z.record(z.string(), z.object({ calls: count, figures: z.record(z.string(), z.array(count)) })),
})
export type LoadLine = z.infer<typeof loadLineSchema>

/** A worker sends at least one line in this time; three missed ones make it unknown, and unknown means busy. */
export const LOAD_HEARTBEAT_MS = 2000
/** And at most one per this time, however often it changes. */
export const LOAD_MIN_INTERVAL_MS = 200
