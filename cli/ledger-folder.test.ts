import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeLedgerFolder } from './ledger-folder.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'switchboard-'))
})
afterEach(() => rmSync(home, { recursive: true }))

test('a folder that is there is used, and nothing is told', () => {
  mkdirSync(join(home, 'data'))
  expect(makeLedgerFolder(join(home, 'data', 'calls.db'))).toBeNull()
})

test('a folder that alone is missing is made for its owner, and told', () => {
  const folder = join(home, 'data')
  expect(makeLedgerFolder(join(folder, 'calls.db'))).toBe(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('a path that is missing further up is refused, and nothing of it is made', () => {
  const db = join(home, 'dtaa', 'switchboard', 'calls.db')
  expect(() => makeLedgerFolder(db)).toThrow(expect.objectContaining({ code: 'SB_LEDGER_FOLDER' }))
  expect(() => makeLedgerFolder(db)).toThrow(join(home, 'dtaa'))
  expect(existsSync(join(home, 'dtaa'))).toBe(false)
})

test('the usual folder of a user is made whole', () => {
  const usual = join(home, '.local', 'state', 'switchboard', 'calls.db')
  expect(makeLedgerFolder(usual, usual)).toBe(join(home, '.local', 'state', 'switchboard'))
})

test('what cannot be made is said by code', () => {
  writeFileSync(join(home, 'file'), '')
  expect(() => makeLedgerFolder(join(home, 'file', 'sub', 'calls.db'))).toThrow(
    expect.objectContaining({ code: 'SB_LEDGER_OPEN' }),
  )
})
