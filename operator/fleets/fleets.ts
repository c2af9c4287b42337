/**
 * The fleets of all agents: plans them, carries plans out, and remembers between two plans what was written and not yet seen. One agent is
 * worked on at a time (the keyed queue sees to it); different ones may be at once.
 */
import type { Random } from '#kube/clock.ts'
import { Expectations } from '#kube/queue/expectations.ts'
import type { Change } from '#kube/reflector/cache.ts'
import { createPod, deletePod, drainPod, type Hands, markEvictable, setReplicas } from './carry-out.ts'
import type { AwaitedCreate, FleetInput, FleetPlan } from './fleet.ts'
import { inParallel } from './in-parallel.ts'
import { afterCreate, afterRefusal } from './losses.ts'
import { type FleetMemory, NO_MEMORY } from './memory.ts'
import type { Ms, ObservedPod } from './observed-pod.ts'
import { planFleet } from './plan.ts'
import type { PlanStep } from './plan-step.ts'
import type { PodTemplate } from './pod-template.ts'
import { DEFAULT_FLEET_POLICY, type FleetPolicy } from './policy.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { PODS } from './resources.ts'

export interface FleetsOptions extends Hands {
  readonly policy?: FleetPolicy
  /** Epoch milliseconds, of the clock that loads are followed with. */
  readonly now: () => Ms
  readonly random: Random
  /** A step that failed, for log and events. */
  readonly failed: (key: string, step: PlanStep, error: unknown, refusal: Refusal) => void
  /** A step that was done. */
  readonly done?: (key: string, step: PlanStep) => void
}

/** What one reconcile knows: the rest of the input is remembered here. */
export type FleetSeen = Omit<FleetInput, 'awaited' | 'memory' | 'policy' | 'suffix'>

export interface Executed {
  readonly done: number
  /** Steps that must be tried again, after a back-off. */
  readonly failed: number
  /** Something was not as planned from: plan again as soon as the caches have moved on. */
  readonly stale: number
}

interface Kept {
  memory: FleetMemory
  /** Revision by the name of a pod whose create is awaited. */
  readonly creates: Map<string, string>
}

/** Requests of one agent at a time. */
const AT_A_TIME = 8
/** Without letters that make words or look alike. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5

export class Fleets {
  readonly #o: FleetsOptions
  readonly #policy: FleetPolicy
  readonly #expected = new Expectations()
  readonly #kept = new Map<string, Kept>()

  constructor(options: FleetsOptions) {
    this.#o = options
    this.#policy = options.policy ?? DEFAULT_FLEET_POLICY
  }

  /** For the cache of pods: what is seen is not awaited any more. */
  podChanged({ is, entry: { value: pod } }: Change<ObservedPod>): void {
    if (pod.made === 'foreign') return
    const key = keyOf(pod)
    if (is === 'deleted') {
      this.#expected.sawDelete(key, pod.uid)
      return
    }
    // An unsealed one is seen as soon as its create is; its seal follows at once, unless its answer was lost.
    if (pod.made === 'sealed' || !this.#isBeingCreated(key, pod.name)) this.#sawCreate(key, pod.name)
    if (pod.deletingAt !== null) this.#expected.sawDelete(key, pod.uid)
  }

  plan(seen: FleetSeen): FleetPlan {
    const key = keyOf({ namespace: seen.agent.namespace, agent: seen.agent.name })
    const kept = this.#of(key)
    const { creates, deletes } = this.#expected.awaited(key)
    const awaited: AwaitedCreate[] = creates.map(name => ({ name, revision: kept.creates.get(name) ?? '' }))
    const plan = planFleet(
      {
        ...seen,
        // One whose create has not been answered yet is what it is expected to be, and not a stranger's copy.
        pods: seen.pods.filter(pod => !(pod.made === 'unsealed' && this.#isBeingCreated(key, pod.name))),
        awaited: { creates: awaited, deletes },
        memory: kept.memory,
        policy: this.#policy,
        suffix: () => this.#suffix(),
      },
      this.#o.now(),
    )
    kept.memory = plan.memory
    return plan
  }

  /**
   * @param template the pod of a revision, as it is made now
   * @throws nothing of single steps: they are counted and told to `failed`
   */
  async execute(
    agent: { readonly namespace: string; readonly name: string },
    plan: FleetPlan,
    template: (revision: string) => PodTemplate | null,
    signal: AbortSignal,
  ): Promise<Executed> {
    const key = keyOf({ namespace: agent.namespace, agent: agent.name })
    const count = { done: 0, failed: 0, stale: 0 }
    const held = new Set<string>()
    const of = <D extends PlanStep['do']>(what: D) =>
      plan.steps.filter((step): step is Extract<PlanStep, { do: D }> => step.do === what)
    const run = async <S extends PlanStep>(steps: readonly S[], work: (step: S) => Promise<void>): Promise<void> =>
      inParallel(steps, AT_A_TIME, async step => {
        if (signal.aborted) return
        try {
          await work(step)
          count.done++
          this.#o.done?.(key, step)
        } catch (error) {
          const refusal = refusalOf(error)
          if (refusal.is === 'stale') count.stale++
          else count.failed++
          if (step.do === 'setReplicas') held.add(step.revision)
          this.#o.failed(key, step, error, refusal)
        }
      })

    const replicas = of('setReplicas')
    const set = (step: Extract<PlanStep, { do: 'setReplicas' }>) => setReplicas(this.#o, agent.namespace, step, signal)
    await run(
      replicas.filter(step => step.resourceVersion === null),
      set,
    )
    // The budget must count a pod before it is there.
    await run(
      of('createPod').filter(step => !held.has(step.revision)),
      step => this.#create(key, step, template(step.revision), signal),
    )
    await run(of('drain'), step => drainPod(this.#o, step))
    await run(of('markEvictable'), step => markEvictable(this.#o, step, signal))
    await run(of('deletePod'), step => this.#delete(key, step, signal))
    await run(
      replicas.filter(step => step.resourceVersion !== null),
      set,
    )
    return count
  }

  /** Looks at the server itself for what was awaited for too long. To be called before a plan; costs nothing otherwise. */
  async settle(agent: { readonly namespace: string; readonly name: string }, signal: AbortSignal): Promise<void> {
    const key = keyOf({ namespace: agent.namespace, agent: agent.name })
    const now = this.#o.now()
    if (this.#expected.state(key, now) !== 'expired') return
    const { creates, deletes } = this.#expected.awaited(key)
    // Deletes are made with preconditions: one more does no harm.
    for (const uid of deletes) this.#expected.sawDelete(key, uid)
    for (const name of creates) {
      const there = await this.#o.client.get(PODS, { namespace: agent.namespace, name }, { signal })
      // One that has its seal is still to be shown by the cache; one that has none never gets it.
      if (there !== null && this.#o.seals.readSeal(there) !== 'none') this.#expected.expectCreate(key, name, now)
      else this.#sawCreate(key, name)
    }
  }

  /** The agent is gone. */
  forget(agent: { readonly namespace: string; readonly name: string }): void {
    const key = keyOf({ namespace: agent.namespace, agent: agent.name })
    this.#expected.forget(key)
    this.#kept.delete(key)
  }

  /** Agents that something is remembered of. */
  get size(): number {
    return this.#kept.size
  }

  async #create(
    key: string,
    step: Extract<PlanStep, { do: 'createPod' }>,
    template: PodTemplate | null,
    signal: AbortSignal,
  ): Promise<void> {
    if (template === null) return
    const kept = this.#of(key)
    this.#expected.expectCreate(key, step.name, this.#o.now())
    kept.creates.set(step.name, step.revision)
    try {
      await createPod(this.#o, step, template, signal)
      kept.memory = afterCreate(kept.memory, step.revision)
    } catch (error) {
      const refusal = refusalOf(error)
      // Whether it was made will be seen; until then it counts as made.
      if (refusal.is !== 'uncertain') this.#sawCreate(key, step.name)
      if (refusal.is === 'refused')
        kept.memory = afterRefusal(kept.memory, step.revision, refusal.problem, this.#policy, this.#o.now())
      throw error
    }
  }

  async #delete(key: string, step: Extract<PlanStep, { do: 'deletePod' }>, signal: AbortSignal): Promise<void> {
    this.#expected.expectDelete(key, step.pod.uid, this.#o.now())
    try {
      if (!(await deletePod(this.#o, step, signal))) this.#expected.sawDelete(key, step.pod.uid)
    } catch (error) {
      if (refusalOf(error).is !== 'uncertain') this.#expected.sawDelete(key, step.pod.uid)
      throw error
    }
  }

  #sawCreate(key: string, name: string): void {
    this.#expected.sawCreate(key, name)
    this.#kept.get(key)?.creates.delete(name)
  }

  #isBeingCreated(key: string, name: string): boolean {
    return this.#kept.get(key)?.creates.has(name) ?? false
  }

  #suffix(): string {
    const letter = (): string => ALPHABET.charAt(Math.floor(this.#o.random() * ALPHABET.length))
    return Array.from({ length: SUFFIX_LENGTH }, letter).join('')
  }

  #of(key: string): Kept {
    let kept = this.#kept.get(key)
    if (kept === undefined) {
      kept = { memory: NO_MEMORY, creates: new Map() }
      this.#kept.set(key, kept)
    }
    return kept
  }
}

function keyOf({ namespace, agent }: { readonly namespace: string; readonly agent: string }): string {
  return `${namespace}/${agent}`
}
