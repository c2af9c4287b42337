import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { closeAll, openFoundation, type WorkerFlags } from './worker-options.ts'

test('uncaught errors are caught until the last record is on disk', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-'))
  const before = process.listenerCount('uncaughtException')
  const closers: (() => Promise<unknown>)[] = []
  try {
    const flags = { logLevel: 'silent', db: join(directory, 'ledger.db') } as WorkerFlags
    const { ledger } = await openFoundation(flags, closers)
    const [last, ...others] = closers
    await closeAll(others)
    expect(ledger.healthy).toBe(false)
    expect(process.listenerCount('uncaughtException')).toBe(before + 1)
    await last?.()
    expect(process.listenerCount('uncaughtException')).toBe(before)
  } finally {
    await closeAll(closers)
    rmSync(directory, { recursive: true })
  }
})

test('what fails to close is told, and keeps nothing else open', async () => {
  const closed: string[] = []
  const closers = ['ledger', 'telemetry', 'worker'].map(name => async () => {
    closed.push(name)
    if (name === 'worker') throw new Error(name)
  })
  await expect(closeAll(closers)).rejects.toThrow('worker')
  expect(closed).toEqual(['worker', 'telemetry', 'ledger'])
})
