/** What agents say once all they refer to is read: remembered until the agent or a ConfigMap changes, for it is asked at every turn. */
import type { ConfigMap } from '#crds/core-objects.ts'
import { durationMs } from '#crds/duration.ts'
import { type Resolution, resolve } from '#crds/resolve.ts'
import type { VoiceAgent } from '#crds/voice-agent.ts'
import type { Client } from '#kube/client/client.ts'
import type { KubeObject } from '#kube/object.ts'
import { CONFIG_MAPS } from '#operator/fleets/resources.ts'
import { configMapsOf } from './config-map-refs.ts'
import type { AgentSpec, ObservedAgent } from './observed.ts'
import type { AgentProblem } from './problem.ts'
import { notUnderstood, problemsOfSpec } from './problems-of-spec.ts'
import type { Resolved } from './revision-object.ts'
import type { Drain } from './revision-request.ts'

/** State of a ConfigMap as the cache of metadata has it: uid and resourceVersion; null: there is none. */
export type ConfigMapVersion = (namespace: string, name: string) => string | null

/** The short form: without content and recordings. */
export interface Said {
  /** null: it makes no revision, for the problems. */
  readonly hash: string | null
  readonly drain: Drain
  readonly problems: readonly AgentProblem[]
}

/** By the spec, which a cache keeps as the same object until it changes, and by the states of its ConfigMaps. */
interface Known {
  readonly spec: AgentSpec
  readonly of: string
  readonly said: Said
}

/** More turns are never under way. */
const MOST_WHOLE = 64

type Understood = ObservedAgent & { readonly spec: AgentSpec }

export class Resolutions {
  readonly #client: Pick<Client, 'get'>
  readonly #version: ConfigMapVersion
  readonly #known = new Map<string, Known>()
  /** The last ones that were resolved, in whole: whoever finds no revision of one asks for it in the same turn. */
  readonly #wholes = new Map<string, { readonly spec: AgentSpec; readonly of: string; readonly resolved: Resolved }>()
  /** The last drain that could be resolved, by agent: how calls end must not hang on a ConfigMap that is gone. */
  readonly #drains = new Map<string, Drain>()

  constructor(client: Pick<Client, 'get'>, version: ConfigMapVersion) {
    this.#client = client
    this.#version = version
  }

  async of(agent: ObservedAgent, signal: AbortSignal): Promise<Said> {
    const key = keyOf(agent)
    if (!isUnderstood(agent)) return { hash: null, drain: this.drainOf(agent), problems: [notUnderstood(agent.fault)] }
    const { spec } = agent
    const of = this.#stateOf(agent)
    const known = this.#known.get(key)
    if (known?.of === of && known.spec === spec) return known.said
    const resolution = await this.#resolve(agent, signal)
    if (resolution.ok) {
      this.#drains.set(key, { deadlineMs: durationMs(resolution.drain.deadline), end: resolution.drain.end })
      for (const oldest of this.#wholes.keys()) {
        if (this.#wholes.size < MOST_WHOLE) break
        this.#wholes.delete(oldest)
      }
      this.#wholes.set(key, { spec, of, resolved: resolution })
    }
    const said: Said = {
      hash: resolution.ok ? resolution.hash : null,
      drain: this.drainOf(agent),
      problems: resolution.ok ? [] : problemsOfSpec(resolution.problems),
    }
    this.#known.set(key, { spec, of, said })
    return said
  }

  /** All of it. */
  async whole(agent: ObservedAgent, signal: AbortSignal): Promise<Resolved | null> {
    if (!isUnderstood(agent)) return null
    const known = this.#wholes.get(keyOf(agent))
    this.#wholes.delete(keyOf(agent))
    if (known?.spec === agent.spec && known.of === this.#stateOf(agent)) return known.resolved
    const resolution = await this.#resolve(agent, signal)
    return resolution.ok ? resolution : null
  }

  /** How calls end, as far as it is known. */
  drainOf(agent: Pick<ObservedAgent, 'namespace' | 'name'> & { readonly spec?: AgentSpec | null }): Drain {
    const known = this.#drains.get(keyOf(agent))
    if (known !== undefined) return known
    return { deadlineMs: durationMs(agent.spec?.drain.deadline ?? '30m'), end: { then: { hangUp: {} } } }
  }

  forget(key: string): void {
    this.#known.delete(key)
    this.#wholes.delete(key)
    this.#drains.delete(key)
  }

  #stateOf({ uid, generation, namespace, spec }: Understood): string {
    const versions = configMapsOf(spec).map(name => `${name}@${this.#version(namespace, name) ?? ''}`)
    return [uid, generation, ...versions].join(' ')
  }

  async #resolve(agent: Understood, signal: AbortSignal): Promise<Resolution> {
    const { namespace } = agent
    const maps = new Map<string, ConfigMap>()
    for (const name of configMapsOf(agent.spec)) {
      const there = await this.#client.get(CONFIG_MAPS, { namespace, name }, { signal })
      if (there !== null) maps.set(name, configMapOf(there))
    }
    const object: VoiceAgent = {
      apiVersion: 'switchboard.dev/v1alpha1',
      kind: 'VoiceAgent',
      metadata: { namespace, name: agent.name },
      spec: agent.spec,
    }
    return resolve(object, { configMap: (_, name) => maps.get(name) })
  }
}

function isUnderstood(agent: ObservedAgent): agent is Understood {
  return agent.spec !== null
}

function keyOf({ namespace, name }: Pick<ObservedAgent, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`
}

function configMapOf(object: KubeObject): ConfigMap {
  const { namespace = '', name } = object.metadata
  const { data, binaryData } = object as { data?: Record<string, string>; binaryData?: Record<string, string> }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data, binaryData }
}
