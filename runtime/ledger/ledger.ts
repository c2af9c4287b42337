/** The ledger as the worker sees it. Nothing here throws or waits on the media loop: what cannot be kept is counted. */
import type { Worker } from 'node:worker_threads'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { Ms } from '#runtime/media/format.ts'
import type { CallHeader } from './entry.ts'
import type { WriterData } from './messages.ts'
import type { QueueLimits } from './queue.ts'

export interface Ledger {
  /** The call's header. Once per call, before its entries. */
  begin(header: CallHeader): void
  /** Adds an entry; `at` is the machine's clock. */
  append(call: string, at: Ms, entry: RecordEntry): void
  /** No more entries of this call will come; to be called when the machine frees it. Idempotent. */
  end(call: string): void
  /** Waits until all that was appended so far is durable; false after `timeoutMs`. */
  flush(timeoutMs?: number): Promise<boolean>
  /** Flushes for at most `timeoutMs` (5 s), then stops the writer. What was not durable by then is counted as lost. Idempotent. */
  close(timeoutMs?: number): Promise<void>
  /** Rows not yet durable: a pod is empty only when this is 0. */
  readonly outbox: number
  /** False while the disk is full, the writer is down or stuck: entries wait, calls go on. */
  readonly healthy: boolean
  /** The writer's last error while not healthy. */
  readonly error: string | null
  stats(): LedgerStats
}

export interface LedgerStats {
  /** Rows taken, made durable, lost (full queue, refused entry, closed too early). durable + outbox + lost = offered. */
  readonly offered: number
  readonly durable: number
  readonly lost: number
  readonly outbox: number
  /** Transactions: group commit shows as durable ≫ commits. */
  readonly commits: number
  readonly failures: number
  readonly restarts: number
}

export type LedgerLog = (level: 'info' | 'warn' | 'error', message: string, fields: { readonly code: string }) => void

export interface LedgerOptions {
  readonly path: string
  /** A commit waits at most this long for company; default 100 ms. */
  readonly batchMs?: number
  /** … or for this many rows; default 256. */
  readonly batchRows?: number
  /** Default 20,000 rows, 32 MiB. */
  readonly queue?: QueueLimits
  /** Calls that ended longer ago are forgotten; default: kept for ever. */
  readonly retainMs?: number
  /** A commit that takes longer makes the ledger unhealthy; default 10 s. */
  readonly stuckMs?: number
  /** First wait after a failure, doubled up to 5 s; default 250 ms. */
  readonly retryMs?: number
  readonly log?: LedgerLog
  /** The writer's script: a bundle names its own. */
  readonly script?: URL
  /** Makes the writer's thread; for tests. */
  readonly spawn?: (script: URL, data: WriterData) => Worker
  /** Upper limit of the file in SQLite pages of 4 KiB; beyond it the disk counts as full. */
  readonly maxPages?: number
}
