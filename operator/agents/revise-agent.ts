/** Finds the revision of an agent's spec, or makes it. */
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'
import { REVISIONS } from '#operator/fleets/resources.ts'
import { type ObservedAgent, type ObservedRevision, projectRevision } from './observed.ts'
import type { AgentParts } from './parts.ts'
import type { AgentProblem } from './problem.ts'
import type { Said } from './resolutions.ts'
import { bytesOf, problemOfSize, revisionMarks, revisionObject } from './revision-object.ts'
import { nextName, revisionOf } from './revisions.ts'

export interface Revised {
  readonly revisions: readonly ObservedRevision[]
  readonly current: ObservedRevision | null
  readonly problems: readonly AgentProblem[]
  /** The current one, when it was made just now. */
  readonly made: ObservedRevision | null
}

export class ReviseAgent {
  readonly #p: Pick<AgentParts, 'client' | 'caches' | 'resolutions' | 'snapshots'>
  /** The last one made of each agent, until the cache shows it. */
  readonly #made = new Map<string, ObservedRevision>()

  constructor(parts: Pick<AgentParts, 'client' | 'caches' | 'resolutions' | 'snapshots'>) {
    this.#p = parts
  }

  /**
   * @param firstPods that are made at once of a revision that takes over from none
   * @throws SB_KUBE_… when the API server refuses a new one
   */
  async of(
    agent: ObservedAgent,
    said: Said,
    pods: readonly ObservedPod[],
    mayMake: boolean,
    firstPods: number,
    signal: AbortSignal,
  ): Promise<Revised> {
    const key = `${agent.namespace}/${agent.name}`
    const all = this.#seen(key)
    const revisions = await this.#own(agent, all, signal)
    if (said.hash === null) return { revisions, current: null, problems: [], made: null }
    const known = revisionOf(said.hash, revisions)
    if (known !== null || !mayMake) return { revisions, current: known, problems: [], made: null }
    const whole = await this.#p.resolutions.whole(agent, signal)
    if (whole === null) return { revisions, current: null, problems: [], made: null }
    const { status } = agent
    const used = [
      ...all.map(revision => revision.name),
      ...pods.map(pod => pod.revision),
      ...(status.traffic ?? []).map(share => share.revision),
      status.revision ?? '',
    ]
    const object = revisionObject(agent, nextName(agent.name, used), whole, revisions.length === 0 ? firstPods : 0)
    const bytes = bytesOf(object)
    const large = problemOfSize(bytes)
    if (large !== null) return { revisions, current: null, problems: [large], made: null }
    const made = projectRevision(await this.#p.client.create(REVISIONS, object, { signal }))
    this.#made.set(key, made)
    this.#p.snapshots.keep(made.uid, object.spec.snapshot, bytes)
    return { revisions: [made, ...revisions], current: made, problems: [], made }
  }

  forget(key: string): void {
    this.#made.delete(key)
  }

  #seen(key: string): ObservedRevision[] {
    const cached = this.#p.caches.revisions.cache.by('agent', key).map(entry => entry.value)
    const made = this.#made.get(key)
    if (made === undefined) return cached
    if (cached.some(revision => revision.uid === made.uid)) {
      this.#made.delete(key)
      return cached
    }
    return [made, ...cached]
  }

  /** Those that it owns. One without an owner, as after a restore that made the agent anew, is taken in. */
  async #own(agent: ObservedAgent, all: readonly ObservedRevision[], signal: AbortSignal): Promise<ObservedRevision[]> {
    const own: ObservedRevision[] = []
    for (const revision of all) {
      if (revision.owner === agent.uid) own.push(revision)
      if (revision.owner !== null || revision.deleting) continue
      const marks = revisionMarks(agent, revision, revision.stableSince)
      own.push(projectRevision(await this.#p.client.apply(REVISIONS, marks, { signal, force: true })))
    }
    return own
  }
}
