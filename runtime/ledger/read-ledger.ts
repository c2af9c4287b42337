/** Reads a ledger, also while a worker writes it. */
import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { SwitchboardError } from '#errors/registry.ts'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { EndReason } from '#runtime/call/ports.ts'
import { addUsage, type UsageSum } from '#telemetry/usage.ts'
import type { StoredEntry } from './entry.ts'
import { callAmbiguous, callUnknown, ledgerForeign, ledgerMissing, ledgerOpenFailed } from './errors.ts'
import { schemaVersion } from './schema.ts'

/** What a list shows of a call. */
export interface CallSummaryRow {
  readonly call: string
  readonly agent: string
  readonly namespace: string | null
  readonly revision: string
  readonly trunk: string | null
  readonly direction: string
  readonly from: string
  readonly to: string
  readonly traceId: string | null
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** The machine's clock at `startedAt`. */
  readonly at: number
  readonly answeredMs: number | null
  readonly endedAt: number | null
  readonly why: EndReason | null
  readonly turns: number
  readonly tools: number
  readonly usage: UsageSum
  /** Entries that were lost. */
  readonly missing: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

export interface CallRecord {
  readonly summary: CallSummaryRow
  readonly entries: readonly StoredEntry[]
}

export interface LedgerReader {
  /** Newest first. */
  calls(filter?: { readonly limit?: number; readonly agent?: string; readonly namespace?: string }): CallSummaryRow[]
  /**
   * By id, or a prefix that only one call has.
   * @throws SwitchboardError SB_LEDGER_NO_CALL, SB_LEDGER_AMBIGUOUS
   */
  record(id: string): CallRecord
  close(): void
}

/** @throws SwitchboardError SB_LEDGER_MISSING, SB_LEDGER_OPEN, SB_LEDGER_FOREIGN, SB_LEDGER_NEWER */
export function readLedger(path: string): LedgerReader {
  if (!existsSync(path)) throw ledgerMissing(path)
  let db: DatabaseSync
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
    if (schemaVersion(db, path) === 0) throw ledgerForeign(path)
  } catch (error) {
    if (error instanceof SwitchboardError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw /not a database/.test(message) ? ledgerForeign(path) : ledgerOpenFailed(path, message, { cause: error })
  }
  return {
    calls({ limit = 20, agent, namespace } = {}) {
      return db
        .prepare(
          `SELECT * FROM call_summary WHERE (?1 IS NULL OR agent = ?1) AND (?2 IS NULL OR namespace = ?2)
           ORDER BY started_at DESC, id LIMIT ?3`,
        )
        .all(agent ?? null, namespace ?? null, limit)
        .map(summaryOf)
    },
    record(id) {
      const found = db
        .prepare(
          'SELECT id FROM calls WHERE id = ?1 OR (id > ?1 AND substr(id, 1, length(?1)) = ?1) ORDER BY id LIMIT 4',
        )
        .all(id)
        .map(row => String(row['id']))
      const [call] = found
      if (call === undefined) throw callUnknown(id)
      if (call !== id && found.length > 1)
        throw callAmbiguous(id, `${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''}`)
      const row = db.prepare('SELECT * FROM call_summary WHERE id = ?').get(call)
      const events = db.prepare('SELECT seq, at, wall, body FROM events WHERE call = ? ORDER BY seq').all(call)
      return { summary: summaryOf(row ?? {}), entries: events.map(event => entryOf(call, event)) }
    },
    close: () => {
      if (db.isOpen) db.close()
    },
  }
}

type SqlRow = Readonly<Record<string, SQLOutputValue>>

function summaryOf(row: SqlRow): CallSummaryRow {
  const text = (key: string): string | null => (row[key] === null || row[key] === undefined ? null : String(row[key]))
  const number = (key: string): number | null => (row[key] === null || row[key] === undefined ? null : Number(row[key]))
  const usage: UsageSum = {}
  for (const entry of JSON.parse(text('usage') ?? '[]') as { usage?: unknown }[]) addUsage(usage, entry.usage)
  return {
    call: text('id') ?? '',
    agent: text('agent') ?? '',
    namespace: text('namespace'),
    revision: text('revision') ?? '',
    trunk: text('trunk'),
    direction: text('direction') ?? 'inbound',
    from: text('caller') ?? '',
    to: text('called') ?? '',
    traceId: text('trace_id'),
    startedAt: number('started_at') ?? 0,
    at: number('at') ?? 0,
    answeredMs: number('answered_ms'),
    endedAt: number('ended_at'),
    why: JSON.parse(text('why') ?? 'null') as EndReason | null,
    turns: number('turns') ?? 0,
    tools: number('tools') ?? 0,
    usage,
    missing: number('missing') ?? 0,
    attributes: JSON.parse(text('attributes') ?? '{}') as CallSummaryRow['attributes'],
  }
}

function entryOf(call: string, row: SqlRow): StoredEntry {
  const entry = JSON.parse(String(row['body'])) as RecordEntry
  return { call, seq: Number(row['seq']), at: Number(row['at']), wall: Number(row['wall']), entry }
}
