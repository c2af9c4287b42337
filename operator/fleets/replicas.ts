/**
 * `spec.replicas` of revisions: what disruption budgets count against. It must never be less than the pods that a budget may find healthy, or
 * the budget lets a busy one be evicted. So it is raised before a create and lowered when a pod is gone, and pods that are not ours count
 * too, for the budget counts them.
 */
import type { FleetInput } from './fleet.ts'
import type { ObservedPod } from './observed-pod.ts'
import type { PlanStep } from './plan-step.ts'

type SetReplicas = Extract<PlanStep, { do: 'setReplicas' }>
type CreatePod = Extract<PlanStep, { do: 'createPod' }>

export function replicasOf(input: FleetInput, ours: readonly ObservedPod[], creates: readonly CreatePod[]) {
  const raises: SetReplicas[] = []
  const lowers: SetReplicas[] = []
  for (const [i, { name, uid, replicas: is, resourceVersion, fresh }] of input.revisions.entries()) {
    const there = ours.filter(pod => pod.revision === name).length
    const strangers = input.pods.filter(pod => pod.made === 'foreign' && countsFor(pod, uid, i === 0)).length
    const awaited = input.awaited.creates.filter(
      create => create.revision === name && !ours.some(pod => pod.name === create.name),
    ).length
    const coming = creates.filter(create => create.revision === name).length
    const replicas = there + strangers + awaited + coming
    const step = { do: 'setReplicas', revision: name, replicas } as const
    // Before a create it is said in any case: what the cache holds may be from before we lowered it.
    if (replicas > is || (coming > 0 && fresh !== true))
      raises.push({ ...step, resourceVersion: null, why: `${replicas} pods are there or about to be` })
    if (replicas < is) lowers.push({ ...step, resourceVersion, why: `${replicas} pods are left` })
  }
  return { raises, lowers }
}

/** The budget adds up what controllers of its pods want. A forged pod without one must be made up for. */
function countsFor({ controller }: ObservedPod, uid: string, newest: boolean): boolean {
  return controller === uid || (controller === null && newest)
}
