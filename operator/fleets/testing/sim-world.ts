/** A fleet at random: a cluster, one operator or two, and everything that can happen to them; and the judge of what must never happen. */
import type { Ms } from '../observed-pod.ts'
import type { PlanStep } from '../plan-step.ts'
import { DEFAULT_FLEET_POLICY } from '../policy.ts'
import { SimCluster } from './sim-cluster.ts'
import type { SimNode, SimPod } from './sim-objects.ts'
import { type Fate, type SimAgent, SimOperator } from './sim-operator.ts'

const CALL_LIMIT_MS: Ms = 1_800_000
/** Longer than any line of load is believed. */
const CALM_MS: Ms = 12_000

/** What a new leader does not do before it has seen a full stable window. */
const HOLDS = /more pods than wanted|not wanted any more|another version/

/** Within this a broken stream of load is there again. */
const STREAM_MS: Ms = 15_000

export interface WorldOptions {
  readonly nodes: number
  readonly wanted: number
  readonly operators: number
}

export class World {
  readonly cluster: SimCluster
  readonly operators: SimOperator[] = []
  readonly wrong: string[] = []
  readonly agent: SimAgent = {
    deleting: false,
    namespaceTerminating: false,
    callLimitMs: CALL_LIMIT_MS,
    drainMs: 600_000,
    replacements: 1,
    policy: DEFAULT_FLEET_POLICY,
  }
  /** Creates that something gave a reason for. */
  excuses = 0
  #revisions = 0
  #templates = 0
  #names = 0
  /** Since when nothing bad has happened and all caches are whole. */
  #calmSince: Ms
  readonly #two: boolean

  constructor(options: WorldOptions) {
    this.cluster = new SimCluster(options.nodes)
    this.#calmSince = this.cluster.now
    this.#two = options.operators > 1
    this.newRevision(options.wanted)
    const judge = { deleting: this.#judgeDelete.bind(this), draining: this.#judgeDrain.bind(this) }
    for (let i = 0; i < options.operators; i++)
      this.operators.push(new SimOperator('xyz'.charAt(i), this.cluster, this.agent, judge))
  }

  get now(): Ms {
    return this.cluster.now
  }

  get wanted(): number {
    return this.agent.deleting ? 0 : this.cluster.revisions.reduce((sum, revision) => sum + revision.wanted, 0)
  }

  ours(): SimPod[] {
    return [...this.cluster.pods.values()].filter(pod => pod.seen.made !== 'foreign')
  }

  /** That an operator really made. */
  #made(): SimPod[] {
    return this.ours().filter(pod => !pod.seen.name.startsWith('forged'))
  }

  pod(n: number): SimPod | undefined {
    const pods = [...this.cluster.pods.values()]
    return pods[n % Math.max(1, pods.length)]
  }

  node(n: number): SimNode | undefined {
    const nodes = [...this.cluster.nodes.values()]
    return nodes[n % nodes.length]
  }

  operator(n: number): SimOperator {
    return this.operators[n % this.operators.length] as SimOperator
  }

  /** Something that may cost pods: each of them, and one more for the doubt, may be made again. */
  disturb(pods: number): void {
    this.excuses += pods + 1
    this.#calmSince = this.now
  }

  advance(ms: Ms): void {
    this.cluster.now += ms
    this.cluster.endCalls()
    // Streams of load do not rest for so long where there is a way.
    if (ms >= STREAM_MS) for (const operator of this.operators) operator.hear()
    for (const node of this.cluster.nodes.values())
      if (node.exists && !node.connected && node.seen.ready && ms > 40_000) this.cluster.nodeNotReady(node)
  }

  newRevision(wanted: number): void {
    const name = `a-${++this.#revisions}`
    for (const revision of this.cluster.revisions) revision.wanted = 0
    const revision = { name, uid: `uid-${name}`, replicas: 0, rv: this.cluster.nextVersion(), wanted, template: 't0' }
    this.cluster.revisions.unshift(revision)
    this.disturb(2 * wanted)
  }

  scale(wanted: number): void {
    const [newest] = this.cluster.revisions
    if (newest === undefined) return
    this.disturb(Math.max(0, wanted - newest.wanted))
    newest.wanted = wanted
  }

  newTemplate(): void {
    this.#templates++
    this.disturb(this.ours().length)
    for (const revision of this.cluster.revisions) revision.template = `t${this.#templates}`
  }

  forge(n: number): void {
    this.cluster.create(
      `forged-${++this.#names}`,
      this.cluster.revisions[0]?.name ?? '',
      '',
      n % 2 === 0 ? 'foreign' : 'unsealed',
    )
    if (n % 2 !== 0) this.disturb(1)
  }

  deleteByHand(pod: SimPod, graceMs: Ms): void {
    this.disturb(1)
    this.cluster.delete(pod, graceMs)
  }

  /** A call comes in, wherever one is taken. */
  call(n: number): void {
    const takers = [...this.cluster.pods.values()].filter(pod => this.#takesCalls(pod))
    const pod = takers[n % Math.max(1, takers.length)]
    if (pod === undefined || pod.worker.calls.length + pod.worker.ringing >= 10) return
    if (n % 3 === 0) pod.worker.ringing++
    else pod.worker.calls.push({ endsAt: this.now + Math.min(CALL_LIMIT_MS, 1000 + (n % 2000) * 1000) })
  }

  /** One that rings is answered, or its caller gives up. */
  answer(n: number): void {
    const ringing = [...this.cluster.pods.values()].filter(pod => pod.worker.ringing > 0)
    const pod = ringing[n % Math.max(1, ringing.length)]
    if (pod === undefined) return
    pod.worker.ringing--
    if (n % 2 === 0) pod.worker.calls.push({ endsAt: this.now + Math.min(CALL_LIMIT_MS, 1000 + (n % 2000) * 1000) })
  }

  #takesCalls(pod: SimPod): boolean {
    return this.cluster.isReachable(pod) && pod.worker.drain === null && pod.worker.revisions.size > 0
  }

  /** Plans and executes. `n` gives the fates of the steps: most are done. */
  reconcile(operator: SimOperator, n: number): void {
    const plan = operator.plan()
    let chance = n
    const fates = (): Fate => {
      chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648
      const fate = (['unheard', 'unsent', 'refused'] as const)[(chance >> 8) % 24] ?? 'done'
      if (fate !== 'done') this.disturb(1)
      return fate
    }
    if (n % 11 === 0) {
      // It is killed in the middle.
      operator.execute(plan, fates, n % 4)
      operator.restart()
      this.disturb(1)
    } else operator.execute(plan, n % 3 === 0 ? fates : () => 'done')
    this.#judgeReplicas()
  }

  /** Plans several times before its caches show what it did. */
  hurry(operator: SimOperator): void {
    for (let i = 0; i < 5; i++) operator.execute(operator.plan(), () => 'done')
  }

  /** A while in which everything works: watches deliver, kubelets act, workers report. */
  calm(rounds: number): void {
    for (let i = 0; i < rounds; i++) {
      this.advance(2000)
      for (const pod of this.cluster.pods.values()) this.cluster.progress(pod)
      for (const { worker } of this.ours()) {
        worker.outbox = 0
        if (worker.ringing > 0) this.answer(i)
      }
      // two that act at once, which an election allows for a moment only, may each make what the other takes away
      this.excuses += this.operators.length - 1
      for (const operator of this.operators) {
        operator.deliver(Number.POSITIVE_INFINITY)
        operator.lookAround()
        operator.hear()
        operator.execute(operator.plan(), () => 'done')
        this.#judgeReplicas()
      }
    }
  }

  /** All that is broken is mended, and time goes by until every call is over. */
  heal(): void {
    for (const operator of this.operators.splice(1)) operator.stop()
    for (const node of this.cluster.nodes.values()) this.cluster.nodeBack(node)
    for (const pod of this.cluster.pods.values()) pod.stuck = false
    this.agent.replacements = 4
    this.calm(10)
    for (let i = 0; i < 12; i++) {
      this.advance(400_000)
      this.calm(8)
    }
  }

  judgeRest(): void {
    const [operator] = this.operators
    if (operator === undefined) return
    const { steps } = operator.plan()
    if (steps.length > 0)
      this.wrong.push(`at rest it plans ${steps.map(step => `${step.do} (${step.why})`).join(', ')}`)
    for (const { name, wanted, replicas } of this.cluster.revisions) {
      const there = this.ours().filter(pod => pod.seen.revision === name)
      const number = this.agent.deleting ? 0 : wanted
      if (there.length !== number) this.wrong.push(`${name}: ${there.length} pods, ${number} wanted`)
      const strangers = [...this.cluster.pods.values()].filter(pod => pod.seen.made === 'foreign').length
      if (replicas < number || replicas > number + strangers) this.wrong.push(`${name}: replicas ${replicas}`)
      for (const pod of there) {
        if (!this.#takesCalls(pod)) this.wrong.push(`${pod.seen.name} takes no calls`)
        if (pod.seen.edited) this.wrong.push(`${pod.seen.name} stays as it was changed`)
      }
    }
    const most = this.excuses + 2
    if (this.cluster.created > most) this.wrong.push(`${this.cluster.created} creates, ${most} at most have a reason`)
  }

  /** No pod that may carry a call is deleted by us. */
  #judgeDelete(pod: SimPod, step: Extract<PlanStep, { do: 'deletePod' }>): void {
    const { worker, seen } = pod
    const say = (what: string): void => void this.wrong.push(`${seen.name} deleted (${step.proof}) ${what}`)
    if (seen.made === 'foreign') say('and is not ours')
    if (!worker.running) return
    // Of a kubelet that was cut off a moment ago nobody can know. It hears of the delete when it is back, and ends the pod gracefully.
    if (step.proof === 'terminated' && !this.cluster.hasKubelet(pod)) return
    if (worker.calls.length > 0) say(`with ${worker.calls.length} calls`)
    if (worker.ringing > 0) say('while a call rings')
    if (worker.outbox > 0) say('with records not written')
    if (this.#takesCalls(pod) && step.proof !== 'outlived') say('and it may take a call at any moment')
  }

  /** While all is well, a pod is drained only if the others can carry what is wanted; and no stranger is ever told anything. */
  #judgeDrain(pod: SimPod, step: Extract<PlanStep, { do: 'drain' }>, leadingMs: Ms): void {
    const { worker, seen } = pod
    if (seen.made === 'foreign') this.wrong.push(`${seen.name} is drained and is not ours`)
    if (seen.deletingAt !== null && step.deadline > seen.deletingAt && this.#seesAll())
      this.wrong.push(`${seen.name} is given calls beyond its own end`)
    if (leadingMs < this.agent.policy.stableMs && !this.agent.deleting && HOLDS.test(step.why))
      this.wrong.push(`${seen.name} is drained (${step.why}) by a leader of ${leadingMs} ms`)
    if (seen.deletingAt !== null || worker.drain !== null || !this.#calm()) return
    // A drain that was lost on the way, or with its process, is asked for again: it was decided before.
    if (step.why === 'it was asked before') return
    const others = this.ours().filter(other => other !== pod && this.#answers(other)).length
    if (this.#answers(pod) && others < this.wanted)
      this.wrong.push(`${seen.name} is drained (${step.why}) with ${others} others, ${this.wanted} wanted`)
  }

  #answers(pod: SimPod): boolean {
    return this.#takesCalls(pod) && pod.seen.ready && pod.seen.deletingAt === null
  }

  #calm(): boolean {
    return !this.#two && this.now - this.#calmSince > CALM_MS && this.#seesAll()
  }

  #seesAll(): boolean {
    return this.operators.every(operator => !operator.isBehind)
  }

  /** The budget must never find more healthy pods than replicas. */
  #judgeReplicas(): void {
    if (this.#two) return
    for (const { name, replicas } of this.cluster.revisions) {
      const there = this.#made().filter(pod => pod.seen.revision === name && pod.seen.deletingAt === null).length
      if (there > replicas) this.wrong.push(`${name}: ${there} pods and replicas ${replicas}`)
    }
  }

  /** Where a node's machine stops: what it carried is gone. */
  stopNode(node: SimNode): void {
    const there = this.ours().filter(pod => pod.seen.node === node.seen.name)
    this.disturb(there.length)
    Object.assign(node, { connected: false, reachable: false, up: false })
    for (const pod of there) this.cluster.crash(pod)
  }

  cutNode(node: SimNode, alsoFromUs: boolean): void {
    this.disturb(this.ours().filter(pod => pod.seen.node === node.seen.name).length)
    node.connected = false
    node.reachable = !alsoFromUs
  }
}
