/** Carries out one step. Whatever goes wrong is thrown as it came: what it means is for {@link Fleets} to say. */
import type { FinalAction } from '#crds/behaviour.ts'
import type { Client } from '#kube/client/client.ts'
import type { KubeObject } from '#kube/object.ts'
import { projectNode } from './observed-node.ts'
import type { PlanStep } from './plan-step.ts'
import type { PodTemplate } from './pod-template.ts'
import { refusalOf } from './refusal.ts'
import { NODES, PODS, REVISIONS } from './resources.ts'
import type { Seals } from './seal.ts'
import { podMarks, workerPod } from './worker-pod.ts'

/** Tells workers to drain. */
export interface Drains {
  drain(
    pod: { readonly uid: string; readonly name: string; readonly address: string },
    request: { readonly id: string; readonly deadline: number; readonly end: FinalAction },
  ): Promise<unknown>
}

export type FleetClient = Pick<Client, 'get' | 'create' | 'apply' | 'replace' | 'delete'>

export interface Hands {
  readonly client: FleetClient
  readonly seals: Seals
  readonly drains: Drains
}

/** Of putting a seal on. */
const MAX_TRIES = 3

type Step<D extends PlanStep['do']> = Extract<PlanStep, { do: D }>

/** Creates a pod, and says by a seal that this very one is ours. */
export async function createPod(
  { client, seals }: Hands,
  step: Step<'createPod'>,
  template: PodTemplate,
  signal: AbortSignal,
): Promise<void> {
  const made = await client.create(PODS, workerPod(step.name, template, seals), { signal })
  const { name, uid } = made.metadata
  const pod = { namespace: template.order.agent.namespace, name, uid }
  // Busy until it is seen empty: an autoscaler must not take the node that it starts on.
  const marks = podMarks(pod, seals.sealOf(made), false)
  for (let tries = 1; ; tries++) {
    try {
      await client.apply(PODS, marks, { signal, metadataOnly: true })
      return
    } catch (error) {
      // Without its seal it is lost to us, though it is whole.
      if (tries === MAX_TRIES || signal.aborted || refusalOf(error).is !== 'uncertain') throw error
    }
  }
}

/** @returns false when it was not deleted, since its node is not as it was thought to be */
export async function deletePod({ client }: Hands, step: Step<'deletePod'>, signal: AbortSignal): Promise<boolean> {
  const { pod, confirm, node } = step
  if (confirm === null) {
    await client.delete(PODS, pod, { signal })
    return true
  }
  // A cache that lags would take a new node for one that is gone, and one that is cut off for one that is well.
  const live = node === null ? null : await client.get(NODES, { name: node }, { signal })
  const seen = live === null ? null : projectNode(live)
  const holds = confirm === 'nodeGone' ? (seen?.outOfService ?? true) : seen?.ready === true
  if (!holds) return false
  // Nobody is there to end a pod of a gone node gracefully.
  await client.delete(PODS, pod, { signal, ...(confirm === 'nodeGone' && { gracePeriodSeconds: 0 }) })
  return true
}

export async function setReplicas(
  { client }: Hands,
  namespace: string,
  { revision, replicas, resourceVersion }: Step<'setReplicas'>,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { namespace, name: revision, ...(resourceVersion !== null && { resourceVersion }) }
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas } }
  await client.replace(REVISIONS, scale as unknown as KubeObject, { subresource: 'scale', signal })
}

export async function markEvictable(
  { client }: Hands,
  { pod, seal, safe }: Step<'markEvictable'>,
  signal: AbortSignal,
): Promise<void> {
  await client.apply(PODS, podMarks(pod, seal, safe), { signal, metadataOnly: true })
}

export async function drainPod({ drains }: Hands, { pod, address, id, deadline, end }: Step<'drain'>): Promise<void> {
  await drains.drain({ uid: pod.uid, name: pod.name, address }, { id, deadline, end })
}
