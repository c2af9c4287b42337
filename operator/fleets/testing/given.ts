/** Plain inputs for tests of the planner: a fleet at rest, from which each case departs. */
import type { LoadLine } from '#runtime/contract/load-line.ts'
import type { FleetInput, LoadSeen, RevisionInput } from '../fleet.ts'
import { NO_MEMORY, type PodMemory } from '../memory.ts'
import type { ObservedNode } from '../observed-node.ts'
import type { Ms, ObservedPod } from '../observed-pod.ts'
import { DEFAULT_FLEET_POLICY } from '../policy.ts'
import { drainIdOf } from '../standing.ts'

export const NOW: Ms = 1_800_000_000_000
const HOUR: Ms = 3_600_000

/** A pod that has served for an hour. */
export function aPod(name: string, is: Partial<ObservedPod> = {}): ObservedPod {
  return {
    namespace: 'acme',
    name,
    uid: `uid-${name}`,
    resourceVersion: '7',
    agent: 'a',
    revision: 'a-1',
    made: 'sealed',
    template: 't1',
    edited: false,
    seal: 'seal',
    controller: 'uid-a-1',
    createdAt: NOW - HOUR - 10_000,
    deletingAt: null,
    finalizers: [],
    phase: 'Running',
    reason: '',
    message: '',
    node: 'n1',
    unschedulable: null,
    address: '10.0.0.1',
    ready: true,
    readyChangedAt: NOW - HOUR,
    neverReady: false,
    container: { is: 'running', startedAt: NOW - HOUR - 5000 },
    restarts: 0,
    lastEnd: '',
    safeToEvict: false,
    ...is,
  }
}

/** One that the kubelet has not started. */
export const aNewPod = (name: string, is: Partial<ObservedPod> = {}): ObservedPod =>
  aPod(name, {
    createdAt: NOW - 5000,
    phase: 'Pending',
    address: null,
    ready: false,
    readyChangedAt: NOW - 4000,
    neverReady: true,
    container: { is: 'absent' },
    ...is,
  })

export function aLoad(busy: number, is: Partial<LoadLine> = {}, at: Ms = NOW - 500): LoadSeen {
  return {
    state: 'known',
    at,
    line: {
      v: 1,
      pod: 'p',
      boot: 'b',
      seq: 1,
      slots: { total: 10, reserved: 0, busy },
      outbox: 0,
      drain: null,
      revisions: { 'a-1': { calls: busy, figures: {} }, 'a-2': { calls: 0, figures: {} } },
      ...is,
    },
  }
}

/** It has echoed our drain. */
export const drained = (name: string, busy = 0, is: Partial<LoadLine> = {}, at?: Ms): LoadSeen =>
  aLoad(busy, { drain: { id: drainIdOf(`uid-${name}`), deadline: NOW + 60_000, longestMs: 5000 }, ...is }, at)

/** Nobody hears of it any more, or, without a time, has heard of it. */
export const unheard = (lastSeenAt: Ms | null = null, since: Ms = 0): LoadSeen => ({
  state: 'unknown',
  lastSeenAt,
  calls: null,
  revisions: lastSeenAt === null ? null : { 'a-1': { calls: 0, figures: {} } },
  since,
})

export const aNode = (name: string, is: Partial<ObservedNode> = {}): ObservedNode => ({
  name,
  ready: true,
  leaving: null,
  outOfService: false,
  ...is,
})

export const aRevision = (name: string, wanted: number, is: Partial<RevisionInput> = {}): RevisionInput => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '5',
  replicas: wanted,
  wanted,
  template: 't1',
  ...is,
})

export const podMemory = (is: Partial<PodMemory> = {}): PodMemory => ({
  revision: 'a-1',
  seenAt: NOW - HOUR,
  lost: false,
  asked: false,
  drain: null,
  emptySince: null,
  markedAt: null,
  ...is,
})

export interface Given extends Omit<Partial<FleetInput>, 'loads' | 'nodes'> {
  readonly loads?: Readonly<Record<string, LoadSeen>>
  readonly nodes?: readonly ObservedNode[]
}

/** Loads by the name of the pod; a pod that runs without one has a call. */
export function aFleet({ loads = {}, nodes = [aNode('n1'), aNode('n2')], ...is }: Given): FleetInput {
  const pods = is.pods ?? []
  let names = 0
  return {
    agent: { namespace: 'acme', name: 'a', uid: 'uid-a', deleting: false },
    namespaceTerminating: false,
    revisions: [aRevision('a-1', 2)],
    awaited: { creates: [], deletes: [] },
    leaderSince: NOW - HOUR,
    drain: { deadlineMs: 600_000, end: { then: { hangUp: true } } as never },
    callLimitMs: 1_800_000,
    replacements: 1,
    policy: DEFAULT_FLEET_POLICY,
    memory: NO_MEMORY,
    suffix: () => `new${++names}`,
    ...is,
    pods,
    loads: new Map(
      pods
        .filter(pod => pod.container.is === 'running' || loads[pod.name] !== undefined)
        .map(pod => [pod.uid, loads[pod.name] ?? aLoad(1)]),
    ),
    nodes: new Map(nodes.map(node => [node.name, node])),
  }
}
