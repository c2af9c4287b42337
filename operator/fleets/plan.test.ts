import { describe, expect, it } from 'vitest'
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
import { said } from './testing/said.ts'

const MINUTE: Ms = 60_000
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
    [
      'in place of one that answers, on a node that the API server has not heard of for a while: nobody sends calls there',
      {
        pods: [aPod('p1'), aPod('p2', { node: 'n2', ready: false, readyChangedAt: NOW - MINUTE })],
        nodes: [aNode('n1'), aNode('n2', { ready: false })],
      },
      ['replicas a-1 3', 'create a-1-new1'],
    ],
    [
      'not in place of one on a node that was lost a moment ago',
      {
        pods: [aPod('p1'), aPod('p2', { node: 'n2', ready: false, readyChangedAt: NOW - MINUTE / 6 })],
        nodes: [aNode('n1'), aNode('n2', { ready: false })],
      },
      [],
    ],
    [
      'not in place of those of a moment ago where no node is Ready: the API server was away, and no pod could be put elsewhere',
      {
        pods: [aPod('p1', { ready: false, readyChangedAt: NOW - MINUTE }), aPod('p2', { node: 'n2', ready: false })],
        nodes: [aNode('n1', { ready: false }), aNode('n2', { ready: false })],
        loads: { p2: unheard(NOW - MINUTE) },
      },
      [],
    ],
    [
      'in place of those where no node has been Ready for long: new pods are what brings new nodes',
      {
        pods: [aPod('p1'), aPod('p2', { node: 'n2', ready: false })],
        nodes: [aNode('n1', { ready: false }), aNode('n2', { ready: false })],
        loads: { p2: unheard(NOW - 6 * MINUTE) },
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
      'not in place of one that was Ready for long before anybody asked it, which was a moment ago',
      { pods: two, loads: { p2: unheard(null, NOW - MINUTE) } },
      [],
    ],
    [
      'in place of one that was asked for long, and never said anything',
      { pods: two, loads: { p2: unheard(null, NOW - 6 * MINUTE) } },
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

  it('not in place of one that is seen for the first time, however late, and asks it', () => {
    const fleet = aFleet({ pods: two })
    const { steps, follow } = planFleet({ ...fleet, loads: new Map([['uid-p1', aLoad(1)]]) }, NOW)
    expect(steps).toEqual([])
    expect(follow.map(pod => pod.uid)).toEqual(['uid-p1', 'uid-p2'])
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

describe('counts', () => {
  it('pods, calls and slots of each revision', () => {
    const { revisions, follow, serve, empty } = planFleet(
      aFleet({
        pods: [...two, aNewPod('p3'), aPod('p4', { made: 'foreign' }), aPod('p5')],
        loads: { p1: aLoad(3), p2: drained('p2', 2), p5: unheard() },
        revisions: [aRevision('a-1', 2)],
      }),
      NOW,
    )
    expect(revisions).toMatchObject([
      {
        name: 'a-1',
        wanted: 2,
        pods: 4,
        ready: 1,
        starting: 1,
        draining: 1,
        unknown: 1,
        calls: 5,
        slots: 10,
        drain: { calls: 2, longestMs: 5000 },
      },
    ])
    expect(follow.map(pod => pod.name)).toEqual(['p1', 'p2', 'p5'])
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

  it('leaves a mark as it is that an operator before it made', () => {
    const given = { revisions: [aRevision('a-1', 1)], leaderSince: NOW - 1000 }
    expect(plan({ ...given, pods: [aPod('p1', { safeToEvict: true })], loads: { p1: aLoad(0) } })).toEqual([])
    expect(plan({ ...given, pods: [aPod('p1', { safeToEvict: false })], loads: { p1: aLoad(0) } })).toEqual([])
  })
})
