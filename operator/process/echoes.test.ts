import { describe, expect, it } from 'vitest'
import type { Change } from '#kube/reflector/cache.ts'
import type { ObservedAgent, ObservedRevision } from '#operator/agents/observed.ts'
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'
import { isEchoOfAgent, isEchoOfRevision, isLowered, isMinorOfPod, isNothingOfPod } from './echoes.ts'

const entry = (value: object) => ({ key: 'acme/a', uid: 'u', resourceVersion: '1', value })
const updated = (was: object, now: object): Change<object> => ({
  is: 'updated',
  entry: entry({ ...was, ...now }),
  before: entry(was),
})
const other = (is: 'added' | 'deleted' | 'resynced', value: object): Change<object> => ({ is, entry: entry(value) })

const AGENT = { generation: 1, deleting: false, spec: {}, status: {} }
const REVISION = { deleting: false, owner: 'o', hash: 'h', replicas: 0, stableSince: null, status: {} }
const POD = {
  phase: 'Pending',
  ready: false,
  address: null,
  deletingAt: null,
  container: { is: 'absent' },
  restarts: 0,
  edited: false,
  reason: '',
  node: null,
  made: 'unsealed',
}

describe('what can wait a moment', () => {
  it.each([
    ['status', updated(AGENT, { status: { calls: 1 } }), true],
    ['spec', updated(AGENT, { generation: 2 }), false],
    ['spec, not understood', updated({ ...AGENT, spec: null }, { spec: {} }), false],
    ['deletion', updated(AGENT, { deleting: true }), false],
    ['birth', other('added', AGENT), false],
    ['end', other('deleted', AGENT), false],
  ])('of an agent: its %s', (_what, change, can) => {
    expect(isEchoOfAgent(change as Change<ObservedAgent>)).toBe(can)
  })

  it.each([
    ['status', updated(REVISION, { status: { pods: 1 } }), true],
    ['number of pods', updated(REVISION, { replicas: 1 }), true],
    ['mark', updated(REVISION, { stableSince: 'now' }), true],
    ['owner, who is gone', updated(REVISION, { owner: null }), false],
    ['deletion', updated(REVISION, { deleting: true }), false],
    ['birth', other('added', REVISION), true],
    ['end', other('deleted', REVISION), false],
  ])('of a revision: its %s', (_what, change, can) => {
    expect(isEchoOfRevision(change as Change<ObservedRevision>)).toBe(can)
  })

  it.each([
    ['birth', other('added', POD), true],
    ['seal', updated(POD, { made: 'sealed' }), true],
    ['node', updated(POD, { node: 'n' }), true],
    ['readiness', updated(POD, { ready: true }), false],
    ['address', updated(POD, { address: '10.0.0.1' }), false],
    ['deletion', updated(POD, { deletingAt: 1 }), false],
    ['container, which ended', updated(POD, { container: { is: 'terminated' } }), false],
    ['end', other('deleted', POD), false],
    ['birth, seen late', other('added', { ...POD, ready: true }), false],
  ])('of a pod: its %s', (_what, change, can) => {
    expect(isMinorOfPod(change as Change<ObservedPod>)).toBe(can)
  })

  it.each([
    ['fewer', updated({ ...REVISION, replicas: 2 }, { replicas: 1 }), true],
    ['more', updated({ ...REVISION, replicas: 1 }, { replicas: 2 }), false],
    ['status', updated({ ...REVISION, replicas: 1 }, { status: { pods: 1 } }), false],
  ])('but the budget of a revision is written again for: %s', (_what, change, is) => {
    expect(isLowered(change as Change<ObservedRevision>)).toBe(is)
  })

  const NEW = { ...POD, unschedulable: null, safeToEvict: false, resourceVersion: '1' }
  it.each([
    ['node', updated(NEW, { node: 'n', resourceVersion: '2' }), true],
    ['node at last', updated({ ...NEW, unschedulable: 'no room' }, { node: 'n', unschedulable: null }), false],
    ['lack of a node', updated(NEW, { unschedulable: 'no room' }), false],
    ['seal', updated(NEW, { made: 'sealed', resourceVersion: '2' }), false],
    ['readiness', updated(NEW, { ready: true, address: '10.0.0.1' }), false],
    ['birth', other('added', NEW), false],
  ])('and nothing follows of a pod: its %s', (_what, change, is) => {
    expect(isNothingOfPod(change as Change<ObservedPod>)).toBe(is)
  })
})
