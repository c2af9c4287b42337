import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { GRACE_MS } from './testing/sim-cluster.ts'
import { World } from './testing/sim-world.ts'

const BY_DEFAULT = process.env['CI'] === undefined ? 400 : 10_000
const RUNS = Number(process.env['FLEET_RUNS'] ?? BY_DEFAULT)

type Op = (w: World, n: number) => void

const OPS: Readonly<Record<string, Op>> = {
  moment: (w, n) => w.advance(100 + (n % 2400)),
  minutes: (w, n) => w.advance(n % 400_000),
  deliver: (w, n) => w.operator(n).deliver(1 + (n % 4)),
  lookAround: (w, n) => w.operator(n).lookAround(),
  hear: (w, n) => w.operator(n).hear(),
  reconcile: (w, n) => w.reconcile(w.operator(n), n),
  hurry: (w, n) => w.hurry(w.operator(n)),
  progress: (w, n) => {
    const pod = w.pod(n)
    if (pod !== undefined) w.cluster.progress(pod)
  },
  calm: (w, n) => w.calm(1 + (n % 9)),
  call: (w, n) => w.call(n),
  answer: (w, n) => w.answer(n),
  hangUp: (w, n) => {
    w.pod(n)?.worker.calls.pop()
  },
  write: (w, n) => {
    const pod = w.pod(n)
    if (pod !== undefined) pod.worker.outbox = 0
  },
  scale: (w, n) => w.scale(n % 4),
  revision: (w, n) => w.newRevision(1 + (n % 3)),
  template: w => w.newTemplate(),
  crash: (w, n) => {
    const pod = w.pod(n)
    if (pod === undefined) return
    w.disturb(1)
    w.cluster.crash(pod)
  },
  stuck: (w, n) => {
    const pod = w.pod(n)
    if (pod !== undefined) pod.stuck = n % 2 === 0
  },
  fail: (w, n) => {
    const pod = w.pod(n)
    if (pod === undefined) return
    w.disturb(1)
    w.cluster.fail(pod, n % 2 === 0 ? 'Evicted' : 'NodeAffinity')
  },
  handDelete: (w, n) => {
    const pod = w.pod(n)
    if (pod !== undefined) w.deleteByHand(pod, n % 3 === 0 ? 30_000 : GRACE_MS)
  },
  edit: (w, n) => {
    const pod = w.pod(n)
    if (pod?.seen.made !== 'sealed') return
    w.disturb(1)
    pod.seen.edited = true
    w.cluster.store(pod)
  },
  unseal: (w, n) => {
    const pod = w.pod(n)
    if (pod?.seen.made !== 'sealed') return
    w.disturb(1)
    Object.assign(pod.seen, { made: 'unsealed', seal: null })
    w.cluster.store(pod)
  },
  forge: (w, n) => w.forge(n),
  cordon: (w, n) => {
    const node = w.node(n)
    if (node === undefined) return
    w.disturb(w.ours().length)
    node.seen.leaving = { cause: n % 3 === 0 ? 'ToBeDeletedByClusterAutoscaler' : 'cordon' }
  },
  stopNode: (w, n) => {
    const node = w.node(n)
    if (node !== undefined) w.stopNode(node)
  },
  cutNode: (w, n) => {
    const node = w.node(n)
    if (node !== undefined) w.cutNode(node, n % 2 === 0)
  },
  loseNode: (w, n) => {
    const node = w.node(n)
    if (node === undefined || node.connected) return
    w.stopNode(node)
    if (n % 2 === 0) node.seen.outOfService = true
    else node.exists = false
  },
  nodeBack: (w, n) => {
    const node = w.node(n)
    if (node === undefined) return
    w.disturb(w.ours().length)
    w.cluster.nodeBack(node)
  },
  restart: (w, n) => {
    w.disturb(1)
    w.operator(n).restart()
  },
  relist: (w, n) => w.operator(n).relist(),
  budget: (w, n) => {
    w.agent.replacements = n % 4
  },
  deleteAgent: w => {
    w.agent.deleting = true
  },
  namespace: w => {
    w.agent.namespaceTerminating = true
    for (const pod of w.cluster.pods.values()) w.deleteByHand(pod, GRACE_MS)
  },
}
/** How often each happens: what breaks a fleet must be rarer than what lets it live. */
const WEIGHTS: Readonly<Record<string, number>> = {
  moment: 12, minutes: 3, deliver: 12, lookAround: 6, hear: 12, reconcile: 22, hurry: 2, progress: 16, calm: 14, call: 14, answer: 8, hangUp: 5, write: 4,
  scale: 3, revision: 1.5, template: 1, crash: 2, stuck: 1, fail: 1, handDelete: 1.5, edit: 1, unseal: 0.5, forge: 1, cordon: 1,
  stopNode: 0.7, cutNode: 1, loseNode: 1, nodeBack: 1.5, restart: 1, relist: 0.5, budget: 0.5, deleteAgent: 0.2, namespace: 0.1,
} // biome-ignore format: a table

const op = fc.oneof(
  ...Object.keys(OPS).map(name => ({
    weight: Math.round((WEIGHTS[name] ?? 1) * 10),
    arbitrary: fc.tuple(fc.constant(name), fc.nat(100_000)),
  })),
)

const scenario = fc.record({
  nodes: fc.integer({ min: 1, max: 3 }),
  wanted: fc.integer({ min: 1, max: 4 }),
  operators: fc.constantFrom(1, 1, 2),
  ops: fc.array(op, { minLength: 1, maxLength: 100, size: 'max' }),
})

it('whatever happens: no pod that may carry a call is deleted, and the fleet comes to rest as wanted', {
  timeout: 900_000,
}, () => {
  fc.assert(
    fc.property(scenario, ({ ops, ...options }) => {
      const world = new World(options)
      for (const [name, n] of ops) {
        OPS[name]?.(world, n)
        expect(world.wrong).toEqual([])
      }
      if (world.agent.namespaceTerminating) return
      world.heal()
      world.judgeRest()
      expect(world.wrong).toEqual([])
    }),
    { numRuns: RUNS },
  )
})
