/** The database itself, synchronous: used inside the writer's thread only. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { SwitchboardError } from '#errors/registry.ts'
import type { CallHeader, Row } from './entry.ts'
import { ledgerOpenFailed } from './errors.ts'
import { migrate } from './schema.ts'

/** Calls forgotten per transaction: a long sweep must not hold up commits. */
const SWEEP_CALLS = 200
/** A call lasts 12 hours at most (`limits.call.max`): one that began so long ago and has no end was lost in a crash. */
const NO_CALL_LASTS_MS = 24 * 3_600_000

export interface Committed {
  /** Rows that were not there before. */
  readonly fresh: number
  /** Rows that can never be stored. */
  readonly refused: number
}

export class Store {
  readonly #db: DatabaseSync
  readonly #header: StatementSync
  readonly #event: StatementSync

  /**
   * Opens or makes the file, in a folder that is there: WAL, fsync at every commit, readable by its owner alone (it holds personal data).
   * @throws SwitchboardError SB_LEDGER_OPEN, SB_LEDGER_FOREIGN, SB_LEDGER_NEWER
   */
  constructor(path: string, maxPages?: number) {
    try {
      closeSync(openSync(path, 'a', 0o600))
      this.#db = new DatabaseSync(path, { timeout: 2000 })
      migrate(this.#db, path)
      // what is forgotten is overwritten: its pages would keep it until they are used again
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
      if (maxPages !== undefined) this.#db.exec(`PRAGMA max_page_count = ${maxPages}`)
      this.#header = this.#db.prepare(
        'INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      this.#event = this.#db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
    } catch (error) {
      if (error instanceof SwitchboardError) throw error
      throw ledgerOpenFailed(path, error instanceof Error ? error.message : String(error), { cause: error })
    }
  }

  /**
   * Writes all rows, or none when the disk will not have them. A row that can never be stored is left out, so that it does not hold up all
   * that comes after it.
   */
  commit(rows: readonly Row[]): Committed {
    return this.#transaction(() => {
      let fresh = 0
      let refused = 0
      for (const row of rows) {
        try {
          fresh += this.#insert(row)
        } catch (error) {
          if (!isHopeless(error)) throw error
          refused++
        }
      }
      return { fresh, refused }
    })
  }

  /**
   * Forgets calls that ended before `before` (epoch ms), a few per transaction; returns how many went. Less than {@link SWEEP_CALLS}: all.
   * One without an end may still go on, in this process or another one: it is left until it can be no call any more.
   */
  sweep(before: number): number {
    return this.#transaction(() => {
      const old = this.#db
        .prepare(
          `SELECT id FROM calls WHERE started_at < ?1 AND (
            EXISTS (SELECT 1 FROM events WHERE call = id AND kind = 'end' AND wall < ?1)
            OR started_at < ?2 AND NOT EXISTS (SELECT 1 FROM events WHERE call = id AND kind = 'end')
          ) ORDER BY started_at LIMIT ?3`,
        )
        .all(before, before - NO_CALL_LASTS_MS, SWEEP_CALLS)
      const events = this.#db.prepare('DELETE FROM events WHERE call = ?')
      const call = this.#db.prepare('DELETE FROM calls WHERE id = ?')
      for (const { id } of old) {
        events.run(String(id))
        call.run(String(id))
      }
      return old.length
    })
  }

  /** Lets the file grow to so many pages; a test's full disk. */
  limitPages(pages: number): void {
    this.#db.exec(`PRAGMA max_page_count = ${pages}`)
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #insert(row: Row): number {
    const { changes } =
      'header' in row
        ? this.#header.run(...headerValues(row.header))
        : this.#event.run(row.call, row.seq, row.at, row.wall, row.kind, row.body)
    return Number(changes)
  }

  #transaction<T>(body: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = body()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      // SQLite rolls back by itself on some errors (full disk), and not on others.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }
}

export const SWEEP_STEP = SWEEP_CALLS

/** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH (https://sqlite.org/rescode.html), or a value that no column takes. */
function isHopeless(error: unknown): boolean {
  const { errcode } = error as { errcode?: number }
  return errcode === undefined || [18, 19, 20].includes(errcode & 0xff)
}

function headerValues(h: CallHeader): (string | number | null)[] {
  return [
    h.call,
    h.agent,
    h.namespace ?? null,
    h.revision,
    h.trunk ?? null,
    h.direction ?? 'inbound',
    h.from,
    h.to,
    h.traceId ?? null,
    Math.round(h.startedAt),
    h.at,
    JSON.stringify(h.attributes ?? {}),
  ]
}
