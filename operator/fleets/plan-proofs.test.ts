import { describe, expect, it } from 'vitest'
import type { FleetInput, FleetPlan } from './fleet.ts'
import { NO_MEMORY } from './memory.ts'
import type { Ms } from './observed-pod.ts'
import { planFleet } from './plan.ts'
import { aFleet, aLoad, aNode, aPod, aRevision, drained, type Given, NOW, podMemory, unheard } from './testing/given.ts'
import { said } from './testing/said.ts'

const MINUTE: Ms = 60_000
const plan = (given: Given, now = NOW): string[] => said(planFleet(aFleet(given), now))

const two = [aPod('p1'), aPod('p2', { node: 'n2' })]
const crashed = { is: 'waiting', reason: 'CrashLoopBackOff', message: '', ran: true } as const

describe('deletes with a proof', () => {
  const going = { pods: [aPod('p1'), aPod('p2')], revisions: [aRevision('a-1', 1, { replicas: 2 })] }
  const asked = {
    ...NO_MEMORY,
    pods: { 'uid-p2': podMemory({ drain: { deadline: NOW + MINUTE, sentAt: NOW - 1000, sends: 1 } }) },
  }
  const with2 = (is: Given): Given => ({ ...going, memory: asked, ...is })

  it.each<[string, Given, string[]]>([
    ['drained and empty', with2({ loads: { p2: drained('p2') } }), ['delete p2 drained']],
    ['drained, by an operator before this one', { ...going, loads: { p2: drained('p2') } }, ['delete p2 drained']],
    ['not with a call', with2({ loads: { p2: drained('p2', 1) } }), []],
    [
      'not with a promise',
      with2({ loads: { p2: drained('p2', 0, { slots: { total: 1, reserved: 1, busy: 0 } }) } }),
      [],
    ],
    ['not with a record to write', with2({ loads: { p2: drained('p2', 0, { outbox: 1 }) } }), []],
    [
      'not with the echo of another drain: it is asked',
      with2({ loads: { p2: aLoad(0, { drain: { id: 'signal', deadline: NOW + 2000, longestMs: 0 } }) } }),
      ['drain p2 in 2000'],
    ],
    ['not empty without an echo', with2({ loads: { p2: aLoad(0) } }), []],
    ['not by what was said a while ago', with2({ loads: { p2: drained('p2', 0, {}, NOW - 4000) } }), []],
    [
      'not by what a process before this one said',
      with2({
        pods: [aPod('p1'), aPod('p2', { container: { is: 'running', startedAt: NOW - 200 }, restarts: 1 })],
        loads: { p2: drained('p2', 0, {}, NOW - 500) },
      }),
      [],
    ],
    ['not silent, however empty it was', with2({ loads: { p2: unheard(NOW - MINUTE) } }), []],
    [
      'silent for longer than any call lasts',
      with2({ loads: { p2: unheard(NOW - 40 * MINUTE) } }),
      ['delete p2 outlived'],
    ],
    [
      'its process ended',
      with2({ pods: [aPod('p1'), aPod('p2', { ready: false, container: crashed })] }),
      ['delete p2 terminated'],
    ],
    [
      'but not on a node that cannot say so',
      with2({
        pods: [aPod('p1'), aPod('p2', { node: 'n2', ready: false, container: crashed })],
        nodes: [aNode('n1'), aNode('n2', { ready: false })],
        loads: { p2: unheard(NOW - MINUTE) },
      }),
      [],
    ],
    [
      'its node out of service',
      with2({
        pods: [aPod('p1'), aPod('p2', { node: 'n2' })],
        nodes: [aNode('n1'), aNode('n2', { ready: false, outOfService: true })],
        loads: { p2: unheard(NOW - MINUTE) },
      }),
      ['delete p2 nodeGone'],
    ],
    [
      'not while it speaks, whatever is said of its node',
      with2({
        pods: [aPod('p1'), aPod('p2', { node: 'n2' })],
        nodes: [aNode('n1'), aNode('n2', { outOfService: true })],
      }),
      [],
    ],
    [
      'not of a node that is missing since a moment',
      {
        pods: [aPod('p1'), aPod('p2', { node: 'n9' })],
        revisions: [aRevision('a-1', 2)],
        loads: { p2: unheard(NOW - 1000) },
      },
      [],
    ],
    ['never twice', with2({ loads: { p2: drained('p2') }, awaited: { creates: [], deletes: ['uid-p2'] } }), []],
  ])('%s', (_name, given, steps) => {
    expect(plan(given).filter(step => !/^(replicas|create)/.test(step))).toEqual(steps)
  })

  it('never for lack of Ready where it was Ready once', () => {
    const revisionless = aLoad(0, { revisions: {} })
    const once = { ...going, pods: [aPod('p1'), aPod('p2', { ready: false })], loads: { p2: revisionless } }
    expect(plan(once)).toEqual(['drain p2 in 600000'])
    const never = aPod('p2', { ready: false, neverReady: true, restarts: 9, container: crashed })
    expect(plan({ ...once, pods: [aPod('p1'), never] })).toEqual(['delete p2 neverReady'])
    expect(plan({ ...once, pods: [aPod('p1'), never], loads: { p2: aLoad(0) } })).toEqual(['drain p2 in 600000'])
  })

  it('carries uid and resourceVersion of what was looked at', () => {
    const { steps } = planFleet(aFleet(with2({ loads: { p2: drained('p2') } })), NOW)
    expect(steps).toMatchObject([
      { pod: { namespace: 'acme', name: 'p2', uid: 'uid-p2', resourceVersion: '7' }, node: 'n1' },
    ])
  })
})

describe('asks for a drain', () => {
  const going: Given = {
    pods: two,
    revisions: [aRevision('a-1', 1, { replicas: 2 })],
    loads: { p1: aLoad(1), p2: aLoad(5) },
  }
  const next = (given: Given, before: FleetPlan, now: Ms): FleetPlan =>
    planFleet(aFleet({ ...given, memory: before.memory }), now)

  it('once, again when it is not echoed, slower each time, and never with a later deadline', () => {
    const first = planFleet(aFleet(going), NOW)
    expect(said(first)).toEqual(['drain p1 in 600000'])
    const second = next(going, first, NOW + 5000)
    expect(said(second)).toEqual([])
    expect(second.againAt).toBe(NOW + 7000)
    const third = next(going, second, NOW + 10_000)
    expect(said(third)).toEqual(['drain p1 in 600000'])
    expect(said(next(going, third, NOW + 20_000))).toEqual([])
    expect(said(next(going, third, NOW + 30_000))).toEqual(['drain p1 in 600000'])
  })

  it('keeps to it, though another pod is emptier now', () => {
    const first = planFleet(aFleet(going), NOW)
    expect(said(next({ ...going, loads: { p1: aLoad(5), p2: aLoad(0) } }, first, NOW + 1000))).toEqual([])
  })

  it('again with less time when somebody deletes the pod meanwhile', () => {
    const first = planFleet(aFleet(going), NOW)
    const pods = [aPod('p1', { deletingAt: NOW + 30_000 }), ...two.slice(1)]
    const second = next(
      {
        ...going,
        pods,
        loads: {
          ...going.loads,
          p1: drained('p1', 1, { drain: { id: 'switchboard-uid-p1', deadline: NOW + 600_000, longestMs: 0 } }),
        },
      },
      first,
      NOW + 1000,
    )
    expect(said(second)).toEqual(['drain p1 in 30000'])
  })

  it('not of a pod that an operator before us may have asked, until it is heard or long silent', () => {
    const given: Given = {
      ...going,
      agent: { namespace: 'acme', name: 'a', uid: 'u', deleting: true },
      leaderSince: NOW - 5000,
      loads: { p1: unheard(), p2: unheard() },
    }
    expect(plan(given)).toEqual([])
    expect(plan({ ...given, leaderSince: NOW - 31_000 })).toEqual(['drain p1 in 600000', 'drain p2 in 600000'])
  })
})

describe('waits', () => {
  const rest: Given = { pods: [], revisions: [aRevision('a-1', 2, { replicas: 2 })] }
  /** Every pod that is made fails before the next plan. */
  function storm(minutes: number): number[] {
    let input: FleetInput = aFleet(rest)
    const created: number[] = []
    for (let now = NOW; now < NOW + minutes * MINUTE; now += 1000) {
      const { steps, memory } = planFleet(input, now)
      const creates = steps.filter(step => step.do === 'createPod')
      if (creates.length > 0) created.push(creates.length)
      const pods = creates.map((step, i) =>
        aPod(`f${now}-${i}`, { phase: 'Failed', reason: 'OutOfcpu', createdAt: now }),
      )
      input = aFleet({ ...rest, pods, memory })
    }
    return created
  }

  it('longer and longer where every pod fails: never a storm', () => {
    const hour = storm(60)
    expect(hour.every(count => count <= 2)).toBe(true)
    expect(hour.length).toBeGreaterThan(10)
    expect(hour.length).toBeLessThan(22)
  })

  it('not at all for the first failure, and counts what fails together once', () => {
    const pods = [aPod('p1', { phase: 'Failed' }), aPod('p2', { phase: 'Failed' })]
    const first = planFleet(aFleet({ pods }), NOW)
    expect(said(first).filter(step => step.startsWith('create'))).toHaveLength(2)
    expect(first.memory.failures['a-1']).toMatchObject({ inARow: 1 })
  })

  it('and forgets failures once a pod has served for a while', () => {
    const failures = { 'a-1': { inARow: 5, lastAt: NOW - 20 * MINUTE, what: '' } }
    expect(planFleet(aFleet({ pods: two, memory: { ...NO_MEMORY, failures } }), NOW).memory.failures).toEqual({})
  })
})
