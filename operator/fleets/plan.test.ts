import { describe, expect, it } from 'vitest'
import type { FleetInput, FleetPlan } from './fleet.ts'
import { NO_MEMORY } from './memory.ts'
import type { Ms } from './observed-pod.ts'
import { planFleet } from './plan.ts'
import {
  aFleet,
  aLoad,
  aNewPod,
  aNode,
  aPod,
  aRevision,
  drained,
  type Given,
  NOW,
  podMemory,
  unheard,
} from './testing/given.ts'

const MINUTE: Ms = 60_000

/** A plan in a line a step. */
function said({ steps }: FleetPlan): string[] {
  return steps.map(step => {
    if (step.do === 'createPod') return `create ${step.name}`
    if (step.do === 'setReplicas') return `replicas ${step.revision} ${step.replicas}`
    if (step.do === 'deletePod') return `delete ${step.pod.name} ${step.proof}`
    if (step.do === 'drain') return `drain ${step.pod.name} in ${step.deadline - NOW}`
    return `mark ${step.pod.name} ${step.safe}`
  })
}
const plan = (given: Given, now = NOW): string[] => said(planFleet(aFleet(given), now))

const two = [aPod('p1'), aPod('p2', { node: 'n2' })]
const three = [...two, aPod('p3')]
const one = [aRevision('a-1', 1, { replicas: 3 })]
const crashed = { is: 'waiting', reason: 'CrashLoopBackOff', message: '', ran: true } as const

describe('at rest', () => {
  it('plans nothing, twice', () => {
    const first = planFleet(aFleet({ pods: two }), NOW)
    expect(first.steps).toEqual([])
    expect(planFleet(aFleet({ pods: two, memory: first.memory }), NOW + 1000).steps).toEqual([])
  })
})

describe('makes pods', () => {
  it.each<[string, Given, string[]]>([
    [
      'all of them',
      { revisions: [aRevision('a-1', 2, { replicas: 0 })] },
      ['replicas a-1 2', 'create a-1-new1', 'create a-1-new2'],
    ],
    [
      'but not those that are on their way',
      { awaited: { creates: [{ name: 'x', revision: 'a-1' }], deletes: [] } },
      ['replicas a-1 2', 'create a-1-new1'],
    ],
    [
      'in place of one that failed',
      { pods: [aPod('p1'), aPod('p2', { phase: 'Failed', reason: 'Evicted' })] },
      ['replicas a-1 3', 'create a-1-new1', 'delete p2 terminated'],
    ],
    [
      'in place of one that somebody deletes, whose calls get what is left of its grace',
      {
        pods: [aPod('p1'), aPod('p2', { deletingAt: NOW + 90_000 })],
      },
      ['replicas a-1 3', 'create a-1-new1', 'drain p2 in 90000'],
    ],
    [
      'in place of one whose node is gone',
      {
        pods: [aPod('p1'), aPod('p2', { node: 'n3' })],
        loads: { p2: unheard(NOW - MINUTE) },
        memory: { ...NO_MEMORY, absentNodes: { n3: NOW - 10 * MINUTE } },
      },
      ['replicas a-1 3', 'create a-1-new1', 'delete p2 nodeGone'],
    ],
    [
      'in place of one that nobody hears of, on a node that is not Ready',
      {
        pods: [aPod('p1'), aPod('p2', { node: 'n2', ready: false })],
        nodes: [aNode('n1'), aNode('n2', { ready: false })],
        loads: { p2: unheard(NOW - MINUTE) },
      },
      ['replicas a-1 3', 'create a-1-new1'],
    ],
    ['not in place of one that is silent for a moment', { pods: two, loads: { p2: unheard(NOW - MINUTE) } }, []],
    [
      'in place of one that is Ready, and silent for long',
      { pods: two, loads: { p2: unheard(NOW - 6 * MINUTE) } },
      ['replicas a-1 3', 'create a-1-new1'],
    ],
    [
      'not in place of one whose container crashes: the kubelet starts it again',
      {
        pods: [aPod('p1'), aPod('p2', { ready: false, container: crashed, restarts: 4 })],
      },
      [],
    ],
    [
      'not in place of one without an image, nor without a node',
      {
        pods: [
          aNewPod('p1', { container: { is: 'waiting', reason: 'ImagePullBackOff', message: '', ran: false } }),
          aNewPod('p2', { node: null, unschedulable: '0/2 nodes' }),
        ],
      },
      [],
    ],
    [
      'never for strangers, who count for the budget alone',
      {
        pods: [aPod('p1'), aPod('forged', { made: 'foreign', controller: null })],
      },
      ['replicas a-1 3', 'create a-1-new1'],
    ],
    [
      'never where the namespace goes',
      { namespaceTerminating: true, revisions: [aRevision('a-1', 2, { replicas: 0 })] },
      [],
    ],
    [
      'never for an agent that goes',
      {
        agent: { namespace: 'acme', name: 'a', uid: 'u', deleting: true },
        revisions: [aRevision('a-1', 2, { replicas: 0 })],
      },
      [],
    ],
  ])('%s', (_name, given, steps) => {
    expect(plan(given)).toEqual(steps)
  })

  it('never more than twice the wanted number and one, however many are silent', () => {
    const silent = Array.from({ length: 5 }, (_, i) => aPod(`p${i}`))
    const loads = Object.fromEntries(silent.map(pod => [pod.name, unheard(NOW - 10 * MINUTE)]))
    expect(plan({ pods: silent, loads, revisions: [aRevision('a-1', 2, { replicas: 5 })] })).toEqual([])
  })
})

describe('lets pods go', () => {
  it.each<[string, Given, string[]]>([
    [
      'the emptiest, drained first',
      {
        pods: three,
        revisions: [aRevision('a-1', 2, { replicas: 3 })],
        loads: { p1: aLoad(3), p2: aLoad(1), p3: aLoad(2) },
      },
      ['drain p2 in 600000'],
    ],
    [
      'what serves nobody before what serves',
      { pods: [...two, aNewPod('p3')], revisions: [aRevision('a-1', 2, { replicas: 3 })] },
      ['delete p3 neverReady'],
    ],
    [
      'never one that nobody hears of',
      {
        pods: two,
        revisions: [aRevision('a-1', 1, { replicas: 2 })],
        loads: { p1: aLoad(5), p2: unheard(NOW - MINUTE) },
      },
      [],
    ],
    [
      'none before a full stable window of a new leader',
      { pods: three, revisions: one, leaderSince: NOW - 30_000 },
      [],
    ],
    [
      'of an old revision only when the new one can carry what is wanted',
      {
        pods: [aPod('p1'), aNewPod('q1', { revision: 'a-2' })],
        revisions: [aRevision('a-2', 1), aRevision('a-1', 0, { replicas: 1 })],
      },
      [],
    ],
    [
      'of an old revision, when the new one serves',
      {
        pods: [aPod('p1'), aPod('q1', { revision: 'a-2' })],
        revisions: [aRevision('a-2', 1), aRevision('a-1', 0, { replicas: 1 })],
      },
      ['drain p1 in 600000'],
    ],
    ['of no revision that is known', { pods: [...two, aPod('old', { revision: 'a-0' })] }, ['drain old in 600000']],
    [
      'on a cordoned node, when others are there for them',
      {
        pods: [aPod('p1'), aPod('p2', { node: 'n2' }), aPod('p3')],
        nodes: [aNode('n1'), aNode('n2', { leaving: { cause: 'cordon' } })],
        revisions: [aRevision('a-1', 2, { replicas: 3 })],
      },
      ['drain p2 in 600000'],
    ],
    [
      'on a cordoned node not before there are others',
      {
        pods: two,
        nodes: [aNode('n1'), aNode('n2', { leaving: { cause: 'cordon' } })],
      },
      ['replicas a-1 3', 'create a-1-new1'],
    ],
    [
      'on a node that goes in two minutes at once, with no more time than that',
      {
        pods: two,
        nodes: [aNode('n1'), aNode('n2', { leaving: { cause: 'aws-node-termination-handler/spot-itn' } })],
      },
      ['replicas a-1 3', 'create a-1-new1', 'drain p2 in 120000'],
    ],
    [
      'that were changed by hand, when another is there',
      { pods: [...two, aPod('p3', { edited: true })], revisions: [aRevision('a-1', 2, { replicas: 3 })] },
      ['drain p3 in 600000'],
    ],
    [
      'that are not surely ours',
      {
        pods: [...two, aPod('p3', { made: 'unsealed', seal: null })],
        revisions: [aRevision('a-1', 2, { replicas: 3 })],
      },
      ['drain p3 in 600000'],
    ],
    [
      'that another Switchboard made, as many at a time as the budget says',
      {
        pods: [aPod('p1', { template: 't0' }), aPod('p2', { template: 't0' })],
      },
      ['replicas a-1 3', 'create a-1-new1'],
    ],
    [
      'not those, without a budget',
      { pods: [aPod('p1', { template: 't0' }), aPod('p2', { template: 't0' })], replacements: 0 },
      [],
    ],
    [
      'those that do not even start at once: a wrong image is put right',
      {
        pods: [aNewPod('p1', { template: 't0' }), aNewPod('p2', { template: 't0' })],
        replacements: 0,
      },
      ['replicas a-1 4', 'create a-1-new1', 'create a-1-new2', 'delete p1 neverReady', 'delete p2 neverReady'],
    ],
    [
      'all of an agent that is deleted',
      {
        pods: [aPod('p1'), aNewPod('p2')],
        agent: { namespace: 'acme', name: 'a', uid: 'u', deleting: true },
        leaderSince: NOW - 1000,
      },
      ['drain p1 in 600000', 'delete p2 neverReady'],
    ],
    [
      'never a stranger',
      { pods: [...two, aPod('forged', { made: 'foreign' })], revisions: [aRevision('a-1', 2, { replicas: 3 })] },
      [],
    ],
  ])('%s', (_name, given, steps) => {
    expect(plan(given)).toEqual(steps)
  })
})

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

describe('counts', () => {
  it('pods, calls and slots of each revision', () => {
    const { revisions, follow, serve, empty } = planFleet(
      aFleet({
        pods: [...two, aNewPod('p3'), aPod('p4', { made: 'foreign' })],
        loads: { p1: aLoad(3), p2: drained('p2', 2) },
        revisions: [aRevision('a-1', 2)],
      }),
      NOW,
    )
    expect(revisions).toMatchObject([
      {
        name: 'a-1',
        wanted: 2,
        pods: 3,
        ready: 1,
        starting: 1,
        draining: 1,
        unknown: 1,
        calls: 5,
        slots: 10,
        drain: { calls: 2, longestMs: 5000 },
      },
    ])
    expect(follow.map(pod => pod.name)).toEqual(['p1', 'p2'])
    expect(serve.map(pod => pod.name)).toEqual(['p1'])
    expect(empty).toBe(false)
  })

  it('lowers replicas only when pods are gone, at the state that it saw', () => {
    const { steps } = planFleet(aFleet({ pods: two, revisions: [aRevision('a-1', 2, { replicas: 3 })] }), NOW)
    expect(steps).toMatchObject([{ do: 'setReplicas', replicas: 2, resourceVersion: '5' }])
  })

  it('marks a pod safe after a while without calls, and unsafe at once', () => {
    const quiet = { ...NO_MEMORY, pods: { 'uid-p1': podMemory({ emptySince: NOW - 11 * MINUTE }) } }
    const given = { pods: [aPod('p1')], revisions: [aRevision('a-1', 1)] }
    expect(plan({ ...given, loads: { p1: aLoad(0) } })).toEqual([])
    expect(plan({ ...given, memory: quiet, loads: { p1: aLoad(0) } })).toEqual(['mark p1 true'])
    const safe = { ...given, pods: [aPod('p1', { safeToEvict: true })] }
    expect(plan({ ...safe, loads: { p1: aLoad(1) } })).toEqual(['mark p1 false'])
    expect(plan({ ...safe, loads: { p1: unheard(NOW - 10_000) } })).toEqual([])
  })
})
