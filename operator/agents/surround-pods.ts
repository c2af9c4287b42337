/** What must stand before a pod is made: what it needs in its namespace, and the budget that counts it. */
import type { RevisionInput } from '#operator/fleets/fleet.ts'
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'
import { BUDGETS } from '#operator/fleets/resources.ts'
import { disruptionBudget } from '#operator/fleets/surroundings.ts'
import { allOf } from './all-of.ts'
import type { AgentParts } from './parts.ts'
import type { Turn } from './turn.ts'

type Parts = Pick<AgentParts, 'caches' | 'namespaces' | 'upkeep'>

type Budget = ReturnType<typeof disruptionBudget>

export class SurroundPods {
  readonly #p: Parts
  /** The last one of each agent: nearly always it is asked for again as it was. */
  readonly #budgets = new Map<string, { readonly uid: string; readonly replicas: number; readonly budget: Budget }>()

  constructor(parts: Parts) {
    this.#p = parts
  }

  async beforePods(
    turn: Turn,
    inputs: readonly RevisionInput[],
    pods: readonly ObservedPod[],
    signal: AbortSignal,
  ): Promise<void> {
    const makes = turn.plan.steps.some(step => step.do === 'createPod')
    await allOf(
      makes ? this.#p.namespaces.ensure(turn.agent.namespace, signal) : null,
      this.#budget(turn, inputs, pods, signal),
    )
  }

  /** Written with the number that is about to be, so that it is written once; and again when the number has gone down. */
  async #budget(
    { key, agent, plan }: Turn,
    inputs: readonly RevisionInput[],
    pods: readonly ObservedPod[],
    signal: AbortSignal,
  ): Promise<void> {
    const live = this.#p.caches.kept(BUDGETS, key)
    const coming = new Map(inputs.map(input => [input.name, input.replicas]))
    for (const step of plan.steps)
      if (step.do === 'setReplicas') coming.set(step.revision, Math.max(coming.get(step.revision) ?? 0, step.replicas))
    const replicas = [...coming.values()].reduce((sum, count) => sum + count, 0)
    if (live === undefined && replicas === 0 && pods.length === 0) return
    await this.#p.upkeep.keep(
      BUDGETS,
      this.#wanted(key, agent.uid, replicas, () => disruptionBudget(agent, replicas)),
      live,
      signal,
    )
  }

  #wanted(key: string, uid: string, replicas: number, make: () => Budget): Budget {
    const known = this.#budgets.get(key)
    if (known?.uid === uid && known.replicas === replicas) return known.budget
    const budget = make()
    this.#budgets.set(key, { uid, replicas, budget })
    return budget
  }

  forget(key: string): void {
    this.#budgets.delete(key)
  }
}
