import { defineError } from '#errors/registry.ts'

export const ledgerOpenFailed = defineError(
  'SB_LEDGER_OPEN',
  'cannot open the ledger %s: %s',
  'Check that the directory exists, is writable by this user and is on a disk with free space.',
)
export const ledgerFolderMissing = defineError(
  'SB_LEDGER_FOLDER',
  'the ledger %s cannot be made: there is no folder %s',
  'Check the path given with --db or SWITCHBOARD_DB, or make the folder with mkdir -p: only the last one of a path is made by itself.',
)
export const ledgerMissing = defineError(
  'SB_LEDGER_MISSING',
  'there is no ledger at %s',
  'Name the file with --db or SWITCHBOARD_DB; a worker makes it when it starts.',
)
export const ledgerForeign = defineError(
  'SB_LEDGER_FOREIGN',
  '%s is not a ledger',
  'Name the file that a Switchboard worker writes; another SQLite database is never touched.',
)
export const ledgerNewer = defineError(
  'SB_LEDGER_NEWER',
  'the ledger %s has schema version %s, this Switchboard knows up to %s',
  'Use the version of Switchboard that wrote it, or a newer one.',
)
export const ledgerCommitFailed = defineError(
  'SB_LEDGER_COMMIT',
  'entries wait, the ledger could not be written: %s',
  'Calls go on. Free disk space or mend the volume: writing is tried again by itself.',
)
export const ledgerFull = defineError(
  'SB_LEDGER_FULL',
  '%s entries were lost: the queue before the ledger is full',
  'The disk does not keep up or is full; the calls went on. Their records show gaps.',
)
export const ledgerEntryRefused = defineError(
  'SB_LEDGER_ENTRY',
  'an entry of kind %s could not be stored: %s',
  'A fault of Switchboard: an entry must be plain JSON. The call went on.',
)
export const ledgerClosed = defineError(
  'SB_LEDGER_CLOSED',
  '%s entries were lost: the ledger was closed before they were durable',
  'Give the worker more time to stop, or mend the disk it writes to.',
)
export const ledgerWriterDied = defineError(
  'SB_LEDGER_WRITER',
  'the ledger writer stopped: %s',
  'It is started again and what was not durable is written again; no action is needed unless it repeats.',
)
export const callUnknown = defineError(
  'SB_LEDGER_NO_CALL',
  'no call with an id that begins with "%s"',
  'List the calls with: switchboard calls',
)
export const callAmbiguous = defineError(
  'SB_LEDGER_AMBIGUOUS',
  '"%s" fits more than one call: %s',
  'Give more characters of the id.',
)
