import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bodyOf } from '#runtime/ledger/entry.ts'
import { Store } from '#runtime/ledger/store.ts'
import { callRecordCommand, callsCommand, defaultLedgerPath } from './calls.ts'

let dir: string
let db: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'calls-'))
  db = join(dir, 'calls.db')
  const store = new Store(db)
  const header = { agent: 'reception', revision: 'r-1', from: '+14155550111', to: '+14155550100', at: 0 }
  const end = { kind: 'end', why: { code: 'hangup', by: 'caller' } } as const
  store.commit([
    { header: { ...header, call: 'abc-1', startedAt: 1000 } },
    { call: 'abc-1', seq: 1, at: 500, wall: 1500, kind: 'end', body: bodyOf(end) },
    { header: { ...header, call: 'abd-2', agent: 'sales', direction: 'outbound', startedAt: 2000 } },
  ])
  store.close()
})
afterEach(() => rmSync(dir, { recursive: true }))

function run(command: typeof callsCommand, ...args: string[]): string {
  const lines: string[] = []
  command(line => lines.push(line))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parse([...args, '--db', db], { from: 'user' })
  return lines.join('\n')
}

describe('switchboard calls', () => {
  it('lists newest first with the outsider’s number hidden', () => {
    const [head, first, second] = run(callsCommand).split('\n')
    expect(head).toMatch(/^CALL +AGENT +REVISION +FROM/)
    expect(first).toMatch(/^abd-2 +sales +r-1 +\+14155550111 +\+14•••••••00 .* open /)
    expect(second).toMatch(/^abc-1 +reception +r-1 +\+14•••••••11 +\+14155550100 .* 500 ms +hangup /)
  })

  it('filters, limits, and shows numbers when asked to', () => {
    expect(run(callsCommand, '--agent', 'sales').split('\n')).toHaveLength(2)
    expect(run(callsCommand, '--limit', '1').split('\n')).toHaveLength(2)
    expect(run(callsCommand, '--agent', 'nobody')).toBe(`No calls in ${db}.`)
    expect(run(callsCommand, '--full', '--agent', 'reception')).toContain('+14155550111')
    expect(() => run(callsCommand, '--limit', 'few')).toThrow('whole number')
  })

  it('prints JSON with numbers hidden too', () => {
    const calls = JSON.parse(run(callsCommand, '--json')) as { call: string; from: string; to: string }[]
    expect(calls.map(c => [c.call, c.from, c.to])).toEqual([
      ['abd-2', '+14155550111', '+14•••••••00'],
      ['abc-1', '+14•••••••11', '+14155550100'],
    ])
  })
})

describe('switchboard call-record', () => {
  it('shows a call by the beginning of its id', () => {
    expect(run(callRecordCommand, 'abc')).toContain('ended: hangup by caller')
    expect(JSON.parse(run(callRecordCommand, 'abc', '--json'))).toMatchObject({
      summary: { call: 'abc-1', from: '+14•••••••11' },
      entries: [{ seq: 1, at: 500, entry: { kind: 'end' } }],
    })
  })

  it.each([
    ['zzz', 'SB_LEDGER_NO_CALL'],
    ['ab', 'SB_LEDGER_AMBIGUOUS'],
  ])('says clearly what is wrong with %s', (id, code) => {
    expect(() => run(callRecordCommand, id)).toThrow(expect.objectContaining({ code }))
  })

  it('says clearly that there is no ledger', () => {
    db = join(dir, 'none.db')
    expect(() => run(callsCommand)).toThrow(expect.objectContaining({ code: 'SB_LEDGER_MISSING' }))
  })
})

describe('the default ledger', () => {
  it.each([
    [{ SWITCHBOARD_DB: '/x.db', XDG_STATE_HOME: '/s' }, '/x.db'],
    [{ XDG_STATE_HOME: '/s' }, '/s/switchboard/calls.db'],
  ])('with %o is %s', (env, path) => expect(defaultLedgerPath(env)).toBe(path))

  it('is in the home folder otherwise', () => {
    expect(defaultLedgerPath({})).toMatch(/\/\.local\/state\/switchboard\/calls\.db$/)
  })
})
