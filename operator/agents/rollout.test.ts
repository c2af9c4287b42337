import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRollout, type RevisionPods, type RolloutInput } from './rollout.ts'

const pods = (name: string, ready = 0, over: Partial<RevisionPods> = {}): RevisionPods => ({
  name,
  ready,
  alive: ready,
  held: false,
  ...over,
})
const decide = (over: Partial<RolloutInput>) => {
  const { wanted, ...rest } = decideRollout({
    current: 'a-1',
    stable: null,
    last: null,
    revisions: [pods('a-1')],
    pods: 3,
    unreachable: false,
    ...over,
  })
  return { ...rest, wanted: Object.fromEntries(wanted) }
}

describe('a rollout', () => {
  it('begins with all pods where nothing serves yet, and is stable with the first that answers', () => {
    expect(decide({})).toEqual({ serving: 'a-1', wanted: { 'a-1': 3 }, promote: null, rolling: false })
    expect(decide({ revisions: [pods('a-1', 1)] })).toMatchObject({ promote: 'a-1' })
  })

  it('proves a new revision with one pod while the stable one serves on', () => {
    const revisions = [pods('a-2'), pods('a-1', 3)]
    expect(decide({ current: 'a-2', stable: 'a-1', revisions })).toEqual({
      serving: 'a-1',
      wanted: { 'a-2': 1, 'a-1': 3 },
      promote: null,
      rolling: true,
    })
  })

  it('then gives it all, and promotes it when all answer', () => {
    const revisions = [pods('a-2', 1), pods('a-1', 3)]
    expect(decide({ current: 'a-2', stable: 'a-1', revisions })).toEqual({
      serving: 'a-2',
      wanted: { 'a-2': 3, 'a-1': 0 },
      promote: null,
      rolling: true,
    })
    expect(decide({ current: 'a-2', stable: 'a-1', revisions: [pods('a-2', 3), pods('a-1', 1)] }).promote).toBe('a-2')
  })

  it('gives the stable one its pods back when the new one fails before it is promoted', () => {
    const revisions = [pods('a-2', 0, { alive: 1 }), pods('a-1', 1)]
    expect(decide({ current: 'a-2', stable: 'a-1', revisions })).toMatchObject({
      serving: 'a-1',
      wanted: { 'a-2': 1, 'a-1': 3 },
    })
  })

  it('leaves a third revision in the middle for the fourth', () => {
    const revisions = [pods('a-3'), pods('a-2', 1), pods('a-1', 3)]
    expect(decide({ current: 'a-3', stable: 'a-1', revisions }).wanted).toEqual({ 'a-3': 1, 'a-2': 0, 'a-1': 3 })
  })

  it('goes to the stable one when the spec makes no revision, or its status is gone', () => {
    const revisions = [pods('a-3'), pods('a-2'), pods('a-1')]
    expect(decide({ current: null, stable: 'a-1', revisions })).toMatchObject({
      serving: 'a-1',
      wanted: { 'a-3': 0, 'a-2': 0, 'a-1': 3 },
    })
    expect(decide({ current: null, last: 'a-2', revisions })).toMatchObject({ serving: 'a-2' })
    expect(decide({ current: null, revisions })).toMatchObject({ serving: null, wanted: { 'a-3': 0 } })
  })

  it('makes no pod without a credential or a number, and takes none away', () => {
    expect(decide({ revisions: [pods('a-1', 0, { held: true })] }).wanted).toEqual({ 'a-1': 0 })
    expect(decide({ revisions: [pods('a-1', 2, { held: true })] }).wanted).toEqual({ 'a-1': 2 })
    expect(decide({ unreachable: 'now' }).wanted).toEqual({ 'a-1': 0 })
    expect(decide({ unreachable: 'lasting', revisions: [pods('a-1', 1)] }).wanted).toEqual({ 'a-1': 0 })
    expect(decide({ unreachable: 'now', revisions: [pods('a-1', 1)] }).wanted).toEqual({ 'a-1': 1 })
  })

  it('leaves what there is where nobody understands how many there shall be', () => {
    const revisions = [pods('a-2', 0, { alive: 1 }), pods('a-1', 4, { alive: 5 })]
    for (const unreachable of [false, 'now', 'lasting'] as const)
      expect(decide({ current: null, stable: 'a-1', revisions, pods: null, unreachable })).toMatchObject({
        serving: 'a-1',
        wanted: { 'a-2': 0, 'a-1': 5 },
        promote: null,
      })
  })

  it('never leaves fewer pods wanted than there shall be, once something serves', () => {
    const some = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a-1', 'a-2', 'a-3'),
        ready: fc.nat(3),
        alive: fc.nat(3),
        held: fc.constant(false),
      }),
      { selector: r => r.name, minLength: 1 },
    )
    fc.assert(
      fc.property(some, fc.nat(2), fc.nat(3), fc.integer({ min: 1, max: 3 }), (revisions, at, stableAt, count) => {
        const current = revisions[at % revisions.length]?.name ?? null
        const stable = revisions[stableAt]?.name ?? null
        const { wanted, serving } = decideRollout({
          current,
          stable,
          last: null,
          revisions,
          pods: count,
          unreachable: false,
        })
        expect(wanted.get(serving ?? '')).toBe(count)
        expect([...wanted.values()].reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(count + 1)
      }),
    )
  })
})
