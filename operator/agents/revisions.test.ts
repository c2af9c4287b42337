import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ObservedRevision } from './observed.ts'
import { forgettable, nextName, numberOf, revisionOf, stableOf } from './revisions.ts'

const revision = (name: string, over: Partial<ObservedRevision> = {}): ObservedRevision => ({
  namespace: 'acme',
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  agent: 'reception',
  owner: 'agent-uid',
  createdAt: '2026-01-01T00:00:00Z',
  deleting: false,
  hash: name,
  replicas: 0,
  stableSince: null,
  callLimitMs: 60_000,
  credentials: [],
  urls: [],
  status: {},
  ...over,
})
const names = (revisions: readonly ObservedRevision[]): string[] => revisions.map(r => r.name)

describe('the name of a revision', () => {
  it.each([
    ['reception', 'reception-7', 7],
    ['reception', 'reception-07', null],
    ['reception', 'reception-1-1', null],
    ['reception-1', 'reception-1-1', 1],
    ['reception', 'reception', null],
    ['reception', 'other-1', null],
  ])('%s %s: %s', (agent, name, number) => {
    expect(numberOf(agent, name)).toBe(number)
  })

  it('is never used twice, whatever else is called alike', () => {
    expect(nextName('a', [])).toBe('a-1')
    expect(nextName('a', ['a-2', 'a-10', 'a-1-99', 'b-70', 'a-x'])).toBe('a-11')
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 99 })), numbers => {
        const used = numbers.map(n => `a-${n}`)
        expect(used).not.toContain(nextName('a', used))
      }),
    )
  })
})

describe('the revision of a behaviour', () => {
  it('is the one that was made of it before', () => {
    const all = [revision('reception-1', { hash: 'A' }), revision('reception-2', { hash: 'B' })]
    expect(revisionOf('A', all)?.name).toBe('reception-1')
    expect(revisionOf('B', all)?.name).toBe('reception-2')
    expect(revisionOf('C', all)).toBeNull()
  })

  it('is none that is about to go', () => {
    expect(revisionOf('A', [revision('reception-1', { hash: 'A', deleting: true })])).toBeNull()
  })
})

it('the stable one is the one promoted last, never the newest', () => {
  const all = [
    revision('reception-1', { stableSince: '2026-03-01T00:00:00Z' }),
    revision('reception-2', { stableSince: '2026-02-01T00:00:00Z' }),
    revision('reception-3'),
  ]
  expect(stableOf(all)?.name).toBe('reception-1')
  expect(stableOf([revision('reception-3')])).toBeNull()
})

describe('history', () => {
  const all = Array.from({ length: 12 }, (_, i) => revision(`reception-${i + 1}`))

  it('forgets the oldest beyond its limit', () => {
    expect(names(forgettable(all, () => false, 10))).toEqual(['reception-1', 'reception-2'])
    expect(forgettable(all, () => false, 12)).toEqual([])
  })

  it('never one in use, nor one that has or is about to have pods', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12, max: 3 }), fc.nat(5), (how, limit) => {
        const some = all.map((r, i) => ({ ...r, replicas: how[i] === 1 ? 1 : 0, deleting: how[i] === 2 }))
        const isUsed = (r: ObservedRevision): boolean => how[some.findIndex(s => s.name === r.name)] === 3
        const gone = forgettable(some, isUsed, limit)
        expect(gone.filter(r => r.replicas > 0 || r.deleting || isUsed(r))).toEqual([])
        const idle = some.filter(r => r.replicas === 0 && !r.deleting && !isUsed(r)).length
        expect(gone.length).toBe(Math.max(0, idle - limit))
      }),
    )
  })
})
