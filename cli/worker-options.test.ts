import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { readLedger } from '#runtime/ledger/read-ledger.ts'
import { closeAll, openFoundation, type WorkerFlags, withWorkerOptions } from './worker-options.ts'

function flagsOf(...args: string[]): WorkerFlags {
  const command = withWorkerOptions(new Command().exitOverride(), 'silent')
  return command
    .configureOutput({ writeErr: () => undefined })
    .parse(args, { from: 'user' })
    .opts<WorkerFlags>()
}

test('uncaught errors are caught until the last record is on disk', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-'))
  const before = process.listenerCount('uncaughtException')
  const closers: (() => Promise<unknown>)[] = []
  try {
    const { ledger } = await openFoundation(flagsOf('--db', join(directory, 'ledger.db')), closers)
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

test('records go when their time is over, which is 30 days if nothing else is said', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-'))
  const db = join(directory, 'ledger.db')
  const serve = async (
    serving: (ledger: Awaited<ReturnType<typeof openFoundation>>['ledger']) => void,
    ...args: string[]
  ) => {
    const closers: (() => Promise<unknown>)[] = []
    try {
      serving((await openFoundation(flagsOf('--db', db, ...args), closers)).ledger)
    } finally {
      await closeAll(closers)
    }
    const reader = readLedger(db)
    try {
      return reader.calls({ limit: 9 }).map(({ call }) => call)
    } finally {
      reader.close()
    }
  }
  const nothing = (): void => undefined
  try {
    const calls = await serve(ledger => {
      for (const days of [20, 40]) {
        const startedAt = Date.now() - days * 86_400_000
        ledger.begin({ call: `c${days}`, agent: 'a', revision: 'a-1', from: '1', to: '2', startedAt, at: 0 })
        ledger.append(`c${days}`, 1000, { kind: 'end', why: { code: 'hangup', by: 'caller' } })
      }
    })
    expect(calls).toEqual(['c20', 'c40'])
    expect(await serve(nothing, '--retain', 'forever')).toEqual(['c20', 'c40'])
    expect(await serve(nothing)).toEqual(['c20'])
    expect(await serve(nothing, '--retain', '481h')).toEqual(['c20'])
    expect(await serve(nothing, '--retain', '19d')).toEqual([])
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.each(['', '0d', '30', '1.5d', '-1d', '2w', 'never'])('--retain "%s" is refused', text => {
  expect(() => flagsOf('--retain', text)).toThrow(CommanderError)
})
