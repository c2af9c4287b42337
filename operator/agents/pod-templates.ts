/** The pod of each revision as it would be made now. Asked at every turn, so its hash is remembered as long as the spec is the same. */
import { type PodTemplate, podTemplate } from '#operator/fleets/pod-template.ts'
import type { WorkerConfig } from '#operator/fleets/worker-config.ts'
import type { AgentSpec, ObservedAgent, ObservedRevision } from './observed.ts'

/** Of an agent whose spec is understood. */
export interface Templates {
  of(revision: ObservedRevision): PodTemplate
  /** `of(revision).hash`. */
  hash(revision: ObservedRevision): string
}

export class PodTemplates {
  readonly #worker: WorkerConfig
  /** By the spec, which a cache keeps as the same object until it changes; then by uid of the revision. */
  readonly #hashes = new WeakMap<AgentSpec, Map<string, string>>()

  constructor(worker: WorkerConfig) {
    this.#worker = worker
  }

  /** Null: a spec that is not understood says nothing about pods. */
  for({ namespace, name, spec }: Pick<ObservedAgent, 'namespace' | 'name' | 'spec'>): Templates | null {
    if (spec === null) return null
    const of = (revision: ObservedRevision): PodTemplate =>
      podTemplate(this.#worker, {
        agent: { namespace, name },
        revision: { name: revision.name, uid: revision.uid },
        callsPerPod: spec.scaling.callsPerPod,
        callLimitMs: revision.callLimitMs,
        options: spec.pod ?? {},
        secrets: [...Map.groupBy(revision.credentials, ref => ref.secret)].map(([secret, refs]) => ({
          name: secret,
          keys: refs.map(ref => ref.key),
        })),
      })
    const hashes = this.#hashes.get(spec) ?? new Map<string, string>()
    this.#hashes.set(spec, hashes)
    const hash = (revision: ObservedRevision): string => {
      const known = hashes.get(revision.uid)
      if (known !== undefined) return known
      const made = of(revision).hash
      hashes.set(revision.uid, made)
      return made
    }
    return { of, hash }
  }
}
