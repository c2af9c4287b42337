/**
 * The ledger's tables. Events are append-only; `(call, seq)` is unique, so that writing a batch a second time changes nothing. What a list
 * shows of a call is a view over its events, never a second copy that could disagree with them.
 */
import type { DatabaseSync } from 'node:sqlite'
import { ledgerForeign, ledgerNewer } from './errors.ts'

/** 'SWBD': marks the file as ours (PRAGMA application_id). */
export const APPLICATION_ID = 0x53574244

/** One script per schema version, in order; a released one is never changed. */
const migrations: readonly string[] = [
  `
  CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    namespace TEXT,
    revision TEXT NOT NULL,
    trunk TEXT,
    direction TEXT NOT NULL,
    caller TEXT NOT NULL,
    called TEXT NOT NULL,
    trace_id TEXT,
    started_at INTEGER NOT NULL,
    at REAL NOT NULL,
    attributes TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX calls_by_start ON calls (started_at, id);
  CREATE TABLE events (
    call TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at REAL NOT NULL,
    wall INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (call, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER events_are_append_only BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
  CREATE VIEW call_summary AS SELECT
    c.*,
    (SELECT json_extract(body, '$.afterMs') FROM events WHERE call = c.id AND kind = 'answered' ORDER BY seq LIMIT 1) AS answered_ms,
    (SELECT wall FROM events WHERE call = c.id AND kind = 'end' ORDER BY seq LIMIT 1) AS ended_at,
    (SELECT json_extract(body, '$.why') FROM events WHERE call = c.id AND kind = 'end' ORDER BY seq LIMIT 1) AS why,
    (SELECT count(*) FROM events WHERE call = c.id AND kind = 'turn') AS turns,
    (SELECT count(*) FROM events WHERE call = c.id AND kind = 'tool') AS tools,
    (SELECT json_group_array(json(body) ORDER BY seq) FROM events WHERE call = c.id AND kind = 'usage') AS usage,
    (SELECT coalesce(max(seq) - count(*), 0) FROM events WHERE call = c.id) AS missing
  FROM calls c;
  `,
]

export const SCHEMA_VERSION = migrations.length

/**
 * Refuses files that are not ledgers of this version or an older one.
 * @returns the file's schema version; 0 for an empty file.
 */
export function schemaVersion(db: DatabaseSync, path: string): number {
  const application = pragma(db, 'application_id')
  const version = pragma(db, 'user_version')
  if (application === 0 && version === 0 && pragma(db, 'schema_version') === 0) return 0
  if (application !== APPLICATION_ID) throw ledgerForeign(path)
  if (version > SCHEMA_VERSION) throw ledgerNewer(path, version, SCHEMA_VERSION)
  return version
}

/** Brings the file to {@link SCHEMA_VERSION}; each step is one transaction. */
export function migrate(db: DatabaseSync, path: string): void {
  for (let version = schemaVersion(db, path); version < SCHEMA_VERSION; version++) {
    db.exec(
      `BEGIN IMMEDIATE; ${migrations[version] ?? ''} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}; COMMIT`,
    )
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0)
}
