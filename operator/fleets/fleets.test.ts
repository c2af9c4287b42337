import { describe, expect, it } from 'vitest'
import { errorOf, failureFrom, failureOfKind } from '#kube/failure.ts'
import type { KubeObject } from '#kube/object.ts'
import type { FleetClient } from './carry-out.ts'
import { type FleetSeen, Fleets } from './fleets.ts'
import type { ObservedPod } from './observed-pod.ts'
import { podTemplate } from './pod-template.ts'
import { projectPod } from './project-pod.ts'
import type { Refusal } from './refusal.ts'
import { Seals } from './seal.ts'
import { aFleet, aPod, aRevision, NOW } from './testing/given.ts'
import { DEFAULT_WORKER_PORTS, DEFAULT_WORKER_RESOURCES } from './worker-config.ts'

const NONE = new AbortController().signal
const AGENT = { namespace: 'acme', name: 'a' }
const seals = new Seals([new Uint8Array(32).fill(3)])
const template = podTemplate(
  {
    image: 'i',
    pullPolicy: 'Always',
    pullSecrets: [],
    priorityClass: null,
    resources: DEFAULT_WORKER_RESOURCES,
    ports: DEFAULT_WORKER_PORTS,
    logLevel: 'info',
    env: {},
  },
  { agent: AGENT, revision: { name: 'a-1', uid: 'r' }, callsPerPod: 1, callLimitMs: 1000, options: {}, secrets: [] },
)

type Verb = 'create' | 'apply' | 'replace' | 'delete' | 'get'

/** A server that stores pods, and fails as it is told: before it does a thing, or after. */
class FakeServer {
  readonly calls: string[] = []
  readonly pods = new Map<string, KubeObject>()
  fail: Partial<Record<Verb, { error: Error; after?: boolean }>> = {}
  #uids = 0

  readonly client: FleetClient = {
    create: async (_resource, object) => {
      const metadata = { ...object.metadata, namespace: 'acme', uid: `u${++this.#uids}`, resourceVersion: '1' }
      const made: KubeObject = { ...object, metadata }
      return this.#do('create', object.metadata.name, () => {
        this.pods.set(metadata.name, made)
        return made as never
      })
    },
    apply: async (_resource, object) =>
      this.#do('apply', object.metadata.name, () => {
        const pod = this.pods.get(object.metadata.name)
        const annotations = object.metadata['annotations'] as Record<string, string>
        if (pod !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations }
        return pod as never
      }),
    replace: async (_resource, object) => this.#do('replace', object.metadata.name, () => object as never),
    delete: async (_resource, { name }) => this.#do('delete', name, () => 'deleted' as const),
    get: async (_resource, { name }) => this.#do('get', name, () => (this.pods.get(name) ?? null) as never),
  }

  async #do<T>(verb: Verb, name: string, work: () => T): Promise<T> {
    this.calls.push(`${verb} ${name}`)
    const planned = this.fail[verb]
    if (planned !== undefined && planned.after !== true) throw planned.error
    const result = work()
    if (planned !== undefined) throw planned.error
    return result
  }
}

function newFleets() {
  const server = new FakeServer()
  const refusals: Refusal[] = []
  const time = { now: NOW }
  let chance = 0
  const fleets = new Fleets({
    client: server.client,
    seals,
    drains: { drain: () => Promise.resolve() },
    now: () => time.now,
    random: () => (chance = (chance + 0.37) % 1),
    failed: (_key, _step, _error, refusal) => void refusals.push(refusal),
  })
  const show = (is: 'added' | 'updated' | 'deleted', value: ObservedPod): void => {
    const entry = { key: value.name, uid: value.uid, resourceVersion: '1', value }
    fleets.podChanged(is === 'updated' ? { is, entry, before: entry } : { is, entry })
  }
  const turn = async (pods: readonly ObservedPod[] = [], wanted = 1) => {
    const seen: FleetSeen = aFleet({ pods, revisions: [aRevision('a-1', wanted, { template: template.hash })] })
    const plan = fleets.plan(seen)
    return { plan, executed: await fleets.execute(AGENT, plan, () => template, NONE) }
  }
  const stored = (): ObservedPod[] => [...server.pods.values()].map(pod => projectPod(pod, seals))
  return { server, refusals, time, fleets, show, turn, stored }
}

const creates = (server: FakeServer): number => server.calls.filter(call => call.startsWith('create')).length
const timedOut = errorOf('create pods', failureOfKind('timeout', ''))
const quota = errorOf(
  'create pods',
  failureFrom(403, { reason: 'Forbidden', message: 'pods "x" is forbidden: exceeded quota: q' }),
)

describe('a create', () => {
  it('is sealed at once, and not made again before it is seen', async () => {
    const { server, turn, show, stored } = newFleets()
    const { executed } = await turn()
    expect(executed).toEqual({ done: 2, failed: 0, stale: 0 })
    expect(server.calls.map(call => call.split(' ')[0])).toEqual(['replace', 'create', 'apply'])
    expect(stored()).toMatchObject([{ made: 'sealed' }])
    expect((await turn()).plan.steps).toEqual([])
    for (const pod of stored()) show('added', pod)
    expect((await turn(stored())).plan.steps).toEqual([])
  })

  it('is no stranger between its create and its seal', async () => {
    const { turn, show, stored, server } = newFleets()
    await turn()
    const [pod] = stored()
    if (pod === undefined) throw new Error('none was made')
    const bare: ObservedPod = { ...pod, made: 'unsealed', seal: null }
    show('added', bare)
    expect((await turn([bare])).plan.steps).toEqual([])
    expect(creates(server)).toBe(1)
  })

  it('whose replicas could not be raised is not made', async () => {
    const { server, turn, refusals } = newFleets()
    server.fail = { replace: { error: timedOut } }
    expect((await turn()).executed).toEqual({ done: 0, failed: 1, stale: 0 })
    expect(creates(server)).toBe(0)
    expect(refusals).toEqual([{ is: 'uncertain' }])
  })

  it('that is refused says so, waits, and is made when it may be', async () => {
    const { server, turn, time } = newFleets()
    server.fail = { create: { error: quota } }
    await turn()
    const { plan } = await turn()
    expect(plan.revisions[0]?.problems).toMatchObject([{ reason: 'QuotaExceeded' }])
    expect(plan.steps.filter(step => step.do === 'createPod')).toEqual([])
    expect(creates(server)).toBe(1)
    server.fail = {}
    time.now += 11_000
    await turn()
    expect(creates(server)).toBe(2)
    expect((await turn()).plan.revisions[0]?.problems).toEqual([])
  })

  it('whose answer is lost is awaited, looked for at last, and given up when it is not there', async () => {
    const { server, turn, time, fleets } = newFleets()
    server.fail = { create: { error: timedOut } }
    await turn()
    server.fail = {}
    time.now += 200_000
    await turn()
    expect(creates(server)).toBe(1)
    time.now += 200_000
    await fleets.settle(AGENT, NONE)
    await turn()
    expect(creates(server)).toBe(2)
  })

  it('whose answer is lost and which was made is let go, for nobody sealed it', async () => {
    const { server, turn, show, stored, time, fleets } = newFleets()
    server.fail = { create: { error: timedOut, after: true } }
    await turn()
    server.fail = {}
    for (const pod of stored()) show('added', pod)
    time.now += 301_000
    await fleets.settle(AGENT, NONE)
    const { plan } = await turn(stored())
    expect(plan.steps.map(step => step.do)).toEqual(['setReplicas', 'createPod', 'deletePod'])
  })

  it('tries the seal again when its answer is lost', async () => {
    const { server, turn } = newFleets()
    server.fail = { apply: { error: timedOut } }
    await turn()
    expect(server.calls.filter(call => call.startsWith('apply'))).toHaveLength(3)
  })
})

describe('a delete', () => {
  const failed = aPod('a-1-x', { phase: 'Failed', template: template.hash })

  it('is not asked twice, and its pod is not a loss', async () => {
    const { server, turn, show } = newFleets()
    await turn([failed])
    await turn([failed])
    expect(server.calls.filter(call => call.startsWith('delete'))).toHaveLength(1)
    show('deleted', failed)
    expect((await turn([])).plan.memory.failures['a-1']).toMatchObject({ inARow: 1 })
  })

  it('that came too late for its state is planned anew', async () => {
    const { server, turn, refusals } = newFleets()
    const conflict = failureFrom(409, {
      reason: 'Conflict',
      message: 'the resourceVersion in the precondition does not match',
    })
    server.fail = { delete: { error: errorOf('delete pods', conflict) } }
    expect((await turn([failed])).executed.stale).toBe(1)
    expect(refusals).toEqual([{ is: 'stale' }])
    server.fail = {}
    await turn([failed])
    expect(server.calls.filter(call => call.startsWith('delete'))).toHaveLength(2)
  })
})

it('does nothing more once it is told to stop, and forgets an agent that is gone', async () => {
  const { server, fleets } = newFleets()
  const plan = fleets.plan(aFleet({ revisions: [aRevision('a-1', 3, { template: template.hash })] }))
  expect(await fleets.execute(AGENT, plan, () => template, AbortSignal.abort())).toEqual({
    done: 0,
    failed: 0,
    stale: 0,
  })
  expect(server.calls).toEqual([])
  expect(fleets.size).toBe(1)
  fleets.forget(AGENT)
  expect(fleets.size).toBe(0)
})
