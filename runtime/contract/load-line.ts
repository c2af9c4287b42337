/** One line of `GET /v1/load`: what an autoscaler, a router and a drain need to know of a worker. Additions only: readers ignore what they do not know. */
import { z } from 'zod'

const count = z.number().int().nonnegative()

/**
 * What a worker sees of a credential that a revision names, never what is in it. `missing`: there is no such file. `unreadable`: there is one,
 * but it is empty, no text, or may not be read.
 */
export const secretStateSchema = z.enum(['present', 'missing', 'unreadable'])
export type SecretState = z.infer<typeof secretStateSchema>

/** The texts of a revision that are rendered ahead of calls, how many of them are, and the code of what went wrong last. */
const promptsStateSchema = z.object({ texts: count, rendered: count, code: z.string().optional() })
export type PromptsState = z.infer<typeof promptsStateSchema>

export const loadLineSchema = z.object({
  v: z.literal(1),
  pod: z.string(),
  /** UID of the pod; absent outside of a cluster. An address may pass to another pod, a UID never does. */
  uid: z.string().optional(),
  /** New at every start of the process: a counter that went down means a restart, not a rollback. */
  boot: z.string(),
  /** Rises by at least one from line to line of a boot, so that a reader knows an older line from a newer. */
  seq: count,
  slots: z.object({ total: count, reserved: count, busy: count }),
  /** Ledger entries not yet durable: on the volume of this pod, which no record leaves in this version. */
  outbox: count,
  /**
   * Echo of the drain's id is its acknowledgement. `deadline` is epoch milliseconds, the earliest that was asked for; `longestMs` the age of
   * the oldest call. A worker that was only told by a signal says `signal`.
   */
  drain: z.object({ id: z.string(), deadline: z.number(), longestMs: z.number().nonnegative() }).nullable(),
  /** By revision. `figures` are cumulative bucket counts since boot, which add up over pods; never a percentile, which does not. */
  revisions: z.record(
    z.string(),
    z.object({
      calls: count,
      figures: z.record(z.string(), z.array(count)),
      /** Echo of the request's id is its acknowledgement: which numbers, trunk and drain this revision is served with. */
      id: z.string().optional(),
      /** Absent: it has no text to render. */
      prompts: promptsStateSchema.optional(),
    }),
  ),
  /** By `SECRET/KEY`: the credentials that the revisions of this worker name. */
  secrets: z.record(z.string(), secretStateSchema).optional(),
})
export type LoadLine = z.infer<typeof loadLineSchema>

/** A worker sends at least one line in this time; three missed ones make it unknown, and unknown means busy. */
export const LOAD_HEARTBEAT_MS = 2000
/** And at most one per this time, however often it changes. */
export const LOAD_MIN_INTERVAL_MS = 200
/** Without a line for so long a worker is unknown: three heartbeats, and half a second for the third to come late. */
export const LOAD_UNKNOWN_MS = 3 * LOAD_HEARTBEAT_MS + 500
