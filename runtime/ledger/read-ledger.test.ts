import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordEntry } from '#runtime/call/effects.ts'
import { bodyOf, type CallHeader, type Row } from './entry.ts'
import { readLedger } from './read-ledger.ts'
import { Store } from './store.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ledger-read-'))
  path = join(dir, 'calls.db')
})
afterEach(() => rmSync(dir, { recursive: true }))

function header(call: string, more: Partial<CallHeader> = {}): Row {
  return {
    header: {
      call,
      agent: 'reception',
      revision: 'reception-1',
      from: '+14155550111',
      to: '+14155550100',
      startedAt: 1000,
      at: 50,
      ...more,
    },
  }
}
const row = (call: string, seq: number, entry: RecordEntry, at = 50): Row => ({
  call,
  seq,
  at,
  wall: Math.round(1000 + at - 50),
  kind: entry.kind,
  body: bodyOf(entry),
})

describe('a reader of the ledger', () => {
  it('sums a call up from its entries', () => {
    const store = new Store(path)
    store.commit([
      header('c1', { trunk: 'pstn', namespace: 'acme', traceId: 'ab', attributes: { sipCallId: 'x@y' } }),
      row('c1', 1, { kind: 'begin' }),
      row('c1', 2, { kind: 'answered', afterMs: 120.5 }, 170.5),
      row('c1', 3, { kind: 'turn', role: 'caller', item: 'i', startedAt: 60, endedAt: 80 }, 80),
      row('c1', 4, { kind: 'usage', source: 'r1', usage: { input_tokens: 3, details: { audio: 1 } } }, 90),
      row('c1', 6, { kind: 'usage', source: 'r2', usage: { input_tokens: 4, details: { audio: 2 }, type: 'x' } }, 95),
      row('c1', 7, { kind: 'end', why: { code: 'hangup', by: 'caller' } }, 1050),
    ])
    const reader = readLedger(path) // while the writer has it open
    expect(reader.calls()).toEqual([
      {
        call: 'c1',
        agent: 'reception',
        namespace: 'acme',
        revision: 'reception-1',
        trunk: 'pstn',
        direction: 'inbound',
        from: '+14155550111',
        to: '+14155550100',
        traceId: 'ab',
        startedAt: 1000,
        at: 50,
        answeredMs: 120.5,
        endedAt: 2000,
        why: { code: 'hangup', by: 'caller' },
        turns: 1,
        tools: 0,
        usage: { input_tokens: 7, 'details.audio': 3 },
        missing: 1,
        attributes: { sipCallId: 'x@y' },
      },
    ])
    expect(reader.record('c1').entries.map(e => [e.seq, e.entry.kind])).toEqual([
      [1, 'begin'],
      [2, 'answered'],
      [3, 'turn'],
      [4, 'usage'],
      [6, 'usage'],
      [7, 'end'],
    ])
    reader.close()
    store.close()
  })

  it('lists newest first, filtered and limited', () => {
    const store = new Store(path)
    store.commit([
      header('a', { startedAt: 1 }),
      header('b', { startedAt: 3, agent: 'sales' }),
      header('c', { startedAt: 2, namespace: 'acme' }),
    ])
    store.close()
    const reader = readLedger(path)
    const ids = (filter: Parameters<typeof reader.calls>[0]) => reader.calls(filter).map(c => c.call)
    expect(ids({})).toEqual(['b', 'c', 'a'])
    expect(ids({ limit: 1 })).toEqual(['b'])
    expect(ids({ agent: 'reception' })).toEqual(['c', 'a'])
    expect(ids({ namespace: 'acme' })).toEqual(['c'])
    reader.close()
  })

  it('finds a call by a unique prefix', () => {
    const store = new Store(path)
    store.commit([header('ab1'), header('ab2'), header('ab'), header('c%_1')])
    store.close()
    const reader = readLedger(path)
    expect(reader.record('ab1').summary.call).toBe('ab1')
    expect(reader.record('ab').summary.call).toBe('ab')
    expect(reader.record('c%').summary.call).toBe('c%_1')
    expect(() => reader.record('a')).toThrow(expect.objectContaining({ code: 'SB_LEDGER_AMBIGUOUS' }))
    expect(() => reader.record('%')).toThrow(expect.objectContaining({ code: 'SB_LEDGER_NO_CALL' }))
    expect(() => reader.record('zz')).toThrow('zz')
    reader.close()
  })

  it('says clearly what is wrong with a file', () => {
    expect(() => readLedger(path)).toThrow(expect.objectContaining({ code: 'SB_LEDGER_MISSING' }))
    writeFileSync(path, 'hello '.repeat(1000))
    expect(() => readLedger(path)).toThrow(expect.objectContaining({ code: 'SB_LEDGER_FOREIGN' }))
    const other = join(dir, 'other.db')
    const db = new DatabaseSync(other)
    db.exec('CREATE TABLE t (x)')
    db.close()
    expect(() => readLedger(other)).toThrow(expect.objectContaining({ code: 'SB_LEDGER_FOREIGN' }))
    expect(() => readLedger(dir)).toThrow(expect.objectContaining({ code: 'SB_LEDGER_OPEN' }))
  })
})
