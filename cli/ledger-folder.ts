/** The folder of a ledger: made where that can be meant, refused where the path looks mistyped. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ledgerFolderMissing, ledgerOpenFailed } from '#runtime/ledger/errors.ts'
import { userLedgerPath } from './calls.ts'

/**
 * Makes the folder when it alone is missing, or when it is the usual one of this user. Returns what was made, to be told; null: it was there.
 * @throws SwitchboardError SB_LEDGER_FOLDER, SB_LEDGER_OPEN
 */
export function makeLedgerFolder(db: string, usual = userLedgerPath()): string | null {
  const folder = dirname(resolve(db))
  if (existsSync(folder)) return null
  const ours = resolve(db) === resolve(usual)
  if (!ours && !existsSync(dirname(folder))) throw ledgerFolderMissing(db, dirname(folder))
  try {
    // it holds personal data
    mkdirSync(folder, { recursive: ours, mode: 0o700 })
  } catch (cause) {
    throw ledgerOpenFailed(db, cause instanceof Error ? cause.message : String(cause), { cause })
  }
  return folder
}

/** Where prompts that were rendered are kept over a restart. */
export function soundsBeside(db: string): string {
  return join(dirname(resolve(db)), 'speech')
}
