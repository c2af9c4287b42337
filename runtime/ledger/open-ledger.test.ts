import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { CallHeader } from './entry.ts'
import type { Ledger, LedgerOptions } from './ledger.ts'
import type { ToWriter } from './messages.ts'
import { openLedger } from './open-ledger.ts'
import { APPLICATION_ID } from './schema.ts'

let dir: string
let path: string
let workers: Worker[]
let logged: string[]
const open: Ledger[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ledger-'))
  path = join(dir, 'calls.db')
  workers = []
  logged = []
})
afterEach(async () => {
  for (const ledger of open.splice(0)) await ledger.close(0)
  rmSync(dir, { recursive: true })
})

async function start(options: Partial<LedgerOptions> = {}): Promise<Ledger> {
  const ledger = await openLedger({
    path,
    retryMs: 5,
    log: (_level, _message, { code }) => logged.push(code),
    spawn: (script, data) => {
      const worker = new Worker(script, { workerData: data })
      workers.push(worker)
      return worker
    },
    ...options,
  })
  open.push(ledger)
  return ledger
}
const header = (call: string, more: Partial<CallHeader> = {}): CallHeader => ({
  call,
  agent: 'reception',
  revision: 'reception-1',
  from: '+14155550111',
  to: '+14155550100',
  startedAt: 1_700_000_000_000,
  at: 5000,
  ...more,
})
const dtmf = (count: number): RecordEntry => ({ kind: 'dtmf', count })
function rows(sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

describe('the ledger', () => {
  it('keeps entries in order with wall time counted from the start of the call', async () => {
    const ledger = await start()
    ledger.begin(header('a'))
    ledger.append('a', 5000, { kind: 'begin' })
    ledger.append('a', 6234.5, { kind: 'end', why: { code: 'hangup', by: 'caller' } })
    expect(ledger.outbox).toBe(3)
    expect(await ledger.flush()).toBe(true)
    expect(ledger.outbox).toBe(0)
    expect(rows('SELECT seq, at, wall, kind FROM events ORDER BY seq')).toEqual([
      { seq: 1, at: 5000, wall: 1_700_000_000_000, kind: 'begin' },
      { seq: 2, at: 6234.5, wall: 1_700_000_001_235, kind: 'end' },
    ])
    expect(rows('SELECT id, missing, json(why) AS why FROM call_summary')).toEqual([
      { id: 'a', missing: 0, why: '{"code":"hangup","by":"caller"}' },
    ])
  })

  it('is readable by its owner alone', async () => {
    await start()
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  it('commits rows in groups, by time', async () => {
    const ledger = await start({ batchMs: 15 })
    ledger.begin(header('a'))
    for (let i = 0; i < 200; i++) ledger.append('a', 5000 + i, dtmf(i))
    await expect.poll(() => ledger.outbox).toBe(0)
    expect(ledger.stats()).toMatchObject({ durable: 201, commits: 1, lost: 0 })
  })

  it('commits rows in groups, by count, and what gathers meanwhile goes as the next group', async () => {
    const ledger = await start({ batchMs: 60_000, batchRows: 100 })
    ledger.begin(header('a'))
    for (let i = 0; i < 250; i++) ledger.append('a', 5000, dtmf(i))
    await expect.poll(() => ledger.stats().durable).toBe(251)
    expect(ledger.stats().commits).toBe(2)
  })

  it('writes again what a killed writer had not confirmed, and nothing twice', async () => {
    const ledger = await start({ batchMs: 1, batchRows: 10 })
    const health: boolean[] = []
    ledger.begin(header('a'))
    for (let i = 0; i < 3000; i++) {
      ledger.append('a', 5000, dtmf(i))
      if (i % 700 !== 350) continue
      await workers.at(-1)?.terminate()
      health.push(ledger.healthy)
    }
    expect(health).toEqual([false, false, false, false])
    expect(await ledger.flush()).toBe(true)
    expect(ledger.healthy).toBe(true)
    expect(ledger.stats().restarts).toBeGreaterThan(0)
    expect(
      rows("SELECT count(*) AS n, max(seq) AS last, sum(json_extract(body, '$.count')) AS sum FROM events"),
    ).toEqual([{ n: 3000, last: 3000, sum: (2999 * 3000) / 2 }])
  })

  it('writes again what a writer took and lost', async () => {
    let kills = 3
    const ledger = await start({
      spawn: (script, data) => {
        const worker = new Worker(script, { workerData: data })
        const post = worker.postMessage.bind(worker)
        worker.postMessage = (message: ToWriter) => {
          if (message.type === 'commit' && kills-- > 0) void worker.terminate()
          else post(message)
        }
        return worker
      },
    })
    ledger.begin(header('a'))
    for (let i = 0; i < 5; i++) ledger.append('a', 5000, dtmf(i))
    expect(await ledger.flush()).toBe(true)
    expect(ledger.stats()).toMatchObject({ durable: 6, lost: 0, restarts: 3, commits: 1 })
    expect(rows('SELECT id, (SELECT count(*) FROM events) AS n FROM calls')).toEqual([{ id: 'a', n: 5 }])
  })

  it('changes nothing when a batch comes a second time, and refuses changes of an event', async () => {
    const ledger = await start()
    ledger.begin(header('a'))
    ledger.append('a', 5000, dtmf(1))
    await ledger.flush()
    await ledger.close()
    const again = await start()
    again.begin(header('a', { agent: 'other' }))
    again.append('a', 9000, dtmf(99))
    expect(await again.flush()).toBe(true)
    expect(again.stats()).toMatchObject({ durable: 2, lost: 0 })
    expect(rows('SELECT agent FROM calls')).toEqual([{ agent: 'reception' }])
    expect(rows('SELECT at, body FROM events')).toEqual([{ at: 5000, body: '{"kind":"dtmf","count":1}' }])
    await again.close()
    const db = new DatabaseSync(path)
    expect(() => db.exec('UPDATE events SET seq = 7')).toThrow('append-only')
    db.close()
  })

  it('reports a full disk, keeps what fits in the queue, and goes on when there is room', async () => {
    const ledger = await start({ maxPages: 12, queue: { rows: 100, bytes: 1e6 }, batchMs: 1 })
    ledger.begin(header('a'))
    const big: RecordEntry = {
      kind: 'turn',
      role: 'caller',
      item: 'i',
      startedAt: 0,
      endedAt: 1,
      text: 'x'.repeat(3000),
    }
    for (let i = 0; i < 40; i++) ledger.append('a', 5000, big)
    await expect.poll(() => ledger.healthy).toBe(false)
    expect(ledger.error).toMatch(/full/)
    expect(logged).toContain('SB_LEDGER_COMMIT')
    expect(ledger.outbox).toBeGreaterThan(0)
    const roomFor: ToWriter = { type: 'limitPages', pages: 10_000 }
    workers[0]?.postMessage(roomFor)
    expect(await ledger.flush()).toBe(true)
    expect(ledger.healthy).toBe(true)
    expect(rows('SELECT count(*) AS n FROM events')).toEqual([{ n: 40 }])
    expect(ledger.stats()).toMatchObject({ lost: 0, offered: 41, durable: 41 })
  })

  it('loses rows, counted and with a gap, when the queue is full; headers and ends still fit', async () => {
    const ledger = await start({ maxPages: 12, queue: { rows: 50, bytes: 1e6 }, retryMs: 60_000, batchMs: 1 })
    ledger.begin(header('a'))
    for (let i = 0; i < 60; i++) ledger.append('a', 5000, { kind: 'fault', code: 'X', detail: 'x'.repeat(2000) })
    await expect.poll(() => ledger.healthy).toBe(false)
    for (let i = 0; i < 60; i++) ledger.append('a', 5000, dtmf(1))
    const before = ledger.stats()
    expect(before.lost).toBeGreaterThan(0)
    expect(logged).toContain('SB_LEDGER_FULL')
    expect(before.offered).toBe(before.durable + before.outbox + before.lost)
    await ledger.close(20)
    expect(ledger.outbox).toBe(0)
    const after = ledger.stats()
    expect(after.offered).toBe(after.durable + after.lost)
  })

  it('refuses what is not JSON and what belongs to no call, and the call goes on', async () => {
    const ledger = await start()
    ledger.begin(header('a'))
    ledger.append('b', 1, dtmf(1))
    ledger.append('a', 1, { kind: 'usage', source: 's', usage: 1n })
    ledger.append('a', Number.NaN, dtmf(1))
    ledger.append('a', 1, dtmf(2))
    ledger.begin(header('x', { at: Number.NaN, startedAt: Number.POSITIVE_INFINITY }))
    ledger.end('a')
    ledger.append('a', 1, dtmf(3))
    await ledger.flush()
    expect(ledger.stats()).toMatchObject({ offered: 7, lost: 5, durable: 2, outbox: 0 })
    expect(logged).toEqual(['SB_LEDGER_ENTRY'])
    expect(rows('SELECT missing FROM call_summary')).toEqual([{ missing: 1 }])
  })

  it('says clearly why a file cannot be its own', async () => {
    writeFileSync(join(dir, 'plain'), 'hello '.repeat(300))
    const newer = new DatabaseSync(join(dir, 'newer'))
    newer.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 99; CREATE TABLE t (x)`)
    newer.close()
    const foreign = new DatabaseSync(join(dir, 'foreign'))
    foreign.exec('CREATE TABLE t (x)')
    foreign.close()
    await expect(start({ path: join(dir, 'plain') })).rejects.toMatchObject({ code: 'SB_LEDGER_OPEN' })
    await expect(start({ path: join(dir, 'newer') })).rejects.toMatchObject({ code: 'SB_LEDGER_NEWER' })
    await expect(start({ path: join(dir, 'foreign') })).rejects.toMatchObject({ code: 'SB_LEDGER_FOREIGN' })
    await expect(start({ path: join(dir, 'plain', 'x') })).rejects.toMatchObject({ code: 'SB_LEDGER_OPEN' })
  })

  describe('with a retention time', () => {
    const HOUR = 3_600_000
    const end: RecordEntry = { kind: 'end', why: { code: 'hangup', by: 'caller' } }

    /** Calls by name: how long ago each began, and how long it lasted; null: there is no end of it. */
    async function recorded(calls: Readonly<Record<string, [agoMs: number, lastedMs: number | null]>>): Promise<void> {
      const ledger = await start()
      for (const [call, [agoMs, lastedMs]] of Object.entries(calls)) {
        ledger.begin(header(call, { startedAt: Date.now() - agoMs, from: `+1415555${call}` }))
        ledger.append(call, 5000, dtmf(1))
        if (lastedMs !== null) ledger.append(call, 5000 + lastedMs, end)
      }
      await ledger.close()
    }
    const kept = (): unknown[] => rows('SELECT id FROM calls ORDER BY id').map(row => row['id'])

    it('forgets calls that ended before it, and all of them', async () => {
      await recorded({ new: [HOUR, 1000], old: [3 * HOUR, 1000], older: [99 * HOUR, 1000] })
      await start({ retainMs: 2 * HOUR })
      await expect.poll(kept).toEqual(['new'])
      expect(rows('SELECT DISTINCT call FROM events')).toEqual([{ call: 'new' }])
    })

    it('counts from the end of a call, and never forgets one that goes on', async () => {
      // the longest call that an agent may have lasts 12 hours
      await recorded({ ended: [9 * HOUR, 1000], late: [9 * HOUR, 8.5 * HOUR], live: [13 * HOUR, null] })
      const ledger = await start({ retainMs: HOUR })
      expect(kept()).toEqual(['late', 'live'])
      ledger.begin(header('live', { startedAt: Date.now() - 13 * HOUR }))
      ledger.append('live', 5000 + 13 * HOUR, end)
      ledger.end('live')
      await ledger.close()
      await start({ retainMs: HOUR })
      expect(kept()).toEqual(['late', 'live'])
    })

    it('forgets what a crash left without an end, when it can be no call any more', async () => {
      await recorded({ crashed: [26 * HOUR, null], live: [24 * HOUR, null] })
      await start({ retainMs: HOUR })
      await expect.poll(kept).toEqual(['live'])
    })

    it('leaves nothing of them in the file', async () => {
      await recorded({ '0199': [3 * HOUR, 1000], new: [HOUR, 1000] })
      const ledger = await start({ retainMs: 2 * HOUR })
      await expect.poll(kept).toEqual(['new'])
      await ledger.close()
      const bytes = readFileSync(path)
      expect(bytes.includes('+1415555new')).toBe(true)
      expect(bytes.includes('+14155550199')).toBe(false)
    })

    it('keeps all without one', async () => {
      await recorded({ old: [9999 * HOUR, 1000] })
      await start()
      expect(kept()).toEqual(['old'])
    })
  })

  it('closes once, and counts what comes later', async () => {
    const ledger = await start()
    ledger.begin(header('a'))
    await Promise.all([ledger.close(), ledger.close()])
    ledger.append('a', 1, dtmf(1))
    expect(ledger.stats()).toMatchObject({ durable: 1, lost: 1 })
    expect(ledger.healthy).toBe(false)
  })
})
