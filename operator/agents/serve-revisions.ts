/** Tells workers what to answer as: those that a plan names, when what they were told is not what holds now. */

import { keyOf } from '#kube/resource.ts'
import { REVISIONS } from '#operator/fleets/resources.ts'
import { outboundOf } from '#operator/trunks/outbound-body.ts'
import type { AgentParts } from './parts.ts'
import { requestId, revisionRequest, routesOf } from './revision-request.ts'
import type { Turn } from './turn.ts'

export class ServeRevisions {
  readonly #p: Pick<AgentParts, 'client' | 'book' | 'follower' | 'workers' | 'failed'>

  constructor(parts: Pick<AgentParts, 'client' | 'book' | 'follower' | 'workers' | 'failed'>) {
    this.#p = parts
  }

  /** @returns false when some worker must be told again */
  async serve({ key, agent, revisions, claims, said, plan }: Turn, signal: AbortSignal): Promise<boolean> {
    const { book, client, follower, workers, failed } = this.#p
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
      const { namespace, name } = revision
      const object = await client.get(REVISIONS, { namespace, name }, { signal })
      if (object === null || object.metadata.uid !== revision.uid) continue
      const request = revisionRequest(id, keyOf(agent), object, routes, said.drain, outbound)
      const results = await Promise.allSettled(untold.map(pod => workers.putRevision(pod, name, request)))
      for (const result of results) {
        if (result.status === 'fulfilled') continue
        told = false
        failed(key, result.reason)
      }
    }
    return told
  }
}
