/** Tells workers what to answer as: those that a plan names, when what they were told is not what holds now. */

import { keyOf } from '#kube/resource.ts'
import { REVISIONS } from '#operator/fleets/resources.ts'
import { outboundOf } from '#operator/trunks/outbound-body.ts'
import type { ObservedRevision } from './observed.ts'
import type { AgentParts } from './parts.ts'
import { requestId, revisionRequest, routesOf } from './revision-request.ts'
import type { Snapshot } from './snapshots.ts'
import type { Turn } from './turn.ts'

export class ServeRevisions {
  readonly #p: Pick<AgentParts, 'client' | 'book' | 'follower' | 'workers' | 'snapshots' | 'failed'>

  constructor(parts: Pick<AgentParts, 'client' | 'book' | 'follower' | 'workers' | 'snapshots' | 'failed'>) {
    this.#p = parts
  }

  /** @returns false when some worker must be told again */
  async serve({ key, agent, revisions, claims, said, plan }: Turn, signal: AbortSignal): Promise<boolean> {
    if (plan.serve.length === 0) return true
    const { book, follower, workers, snapshots, failed } = this.#p
    const routes = routesOf(claims, trunk => book.trunk(trunk), agent.inbound)
    // one that may never be called is given no revision; it keeps what it had until it is drained
    if (routes.length === 0) return true
    const outbound = outboundOf(
      agent.spec?.destinations,
      agent.namespace,
      trunk => book.trunk(trunk),
      book.labelsOf(agent.namespace),
    )
    let told = true
    for (const revision of revisions) {
      const id = requestId(revision.hash, routes, said.drain, outbound)
      const untold = plan.serve.filter(pod => {
        const load = follower.of(pod.uid)
        if (pod.revision !== revision.name || load?.state !== 'known') return false
        const told = load.line.revisions[pod.revision]
        // a spec that is not understood says nothing of the ways out: who was told of some keeps them
        return agent.spec === null ? told === undefined : told?.id !== id
      })
      if (untold.length === 0) continue
      const { name, uid } = revision
      const snapshot = snapshots.of(uid) ?? (await this.#read(revision, signal))
      if (snapshot === null) continue
      const request = revisionRequest(id, keyOf(agent), snapshot, routes, said.drain, outbound)
      const results = await Promise.allSettled(untold.map(pod => workers.putRevision(pod, name, request)))
      const refused = results.filter(result => result.status === 'rejected')
      for (const { reason } of refused) failed(key, reason)
      if (refused.length > 0) told = false
      else if (untold.length === revision.replicas) snapshots.forget(uid)
    }
    return told
  }

  async #read({ namespace, name, uid }: ObservedRevision, signal: AbortSignal): Promise<Snapshot | null> {
    const object = await this.#p.client.get(REVISIONS, { namespace, name }, { signal })
    if (object === null || object.metadata.uid !== uid) return null
    return (object['spec'] as { snapshot: Snapshot }).snapshot
  }
}
