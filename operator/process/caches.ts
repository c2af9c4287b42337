/** What the operator knows of the cluster: one reflector per resource, each keeping little. They run with and without the lead. */
import { GROUP, VERSION } from '#crds/object.ts'
import type { Client } from '#kube/client/client.ts'
import type { KubeObject } from '#kube/object.ts'
import type { Change } from '#kube/reflector/cache.ts'
import { Reflector } from '#kube/reflector/reflector.ts'
import type { Resource } from '#kube/resource.ts'
import { configMapsOf } from '#operator/agents/config-map-refs.ts'
import { type ObservedAgent, type ObservedRevision, projectAgent, projectRevision } from '#operator/agents/observed.ts'
import { AGENTS } from '#operator/agents/revision-object.ts'
import { MANAGED_BY, MANAGED_BY_LABEL, WORKER_SELECTOR } from '#operator/fleets/names.ts'
import { type ObservedNode, projectNode } from '#operator/fleets/observed-node.ts'
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'
import { projectPod } from '#operator/fleets/project-pod.ts'
import {
  BUDGETS,
  CONFIG_MAPS,
  NETWORK_POLICIES,
  NODES,
  PODS,
  REVISIONS,
  SERVICE_ACCOUNTS,
} from '#operator/fleets/resources.ts'
import type { Seals } from '#operator/fleets/seal.ts'
import { type KeptObject, projectKept } from '#operator/fleets/upkeep.ts'
import { type ObservedTrunk, projectTrunk } from '#operator/trunks/observed-trunk.ts'

export const TRUNKS: Resource = {
  group: GROUP,
  version: VERSION,
  plural: 'siptrunks',
  kind: 'SipTrunk',
  namespaced: true,
}
const NAMESPACES: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }

export interface ObservedNamespace {
  readonly labels: Readonly<Record<string, string>>
  readonly terminating: boolean
}

/** What is told to whoever works. Each is called inline. */
export interface Heard {
  agent(change: Change<ObservedAgent>): void
  revision(change: Change<ObservedRevision>): void
  trunk(change: Change<ObservedTrunk>): void
  pod(change: Change<ObservedPod>): void
  node(change: Change<ObservedNode>): void
  namespace(change: Change<ObservedNamespace>): void
  configMap(change: Change<string>): void
  /** A budget, service account, key file or network policy of ours; `key` is its own. */
  kept(resource: Resource, change: Change<KeptObject>): void
}

const OURS = `${MANAGED_BY_LABEL}=${MANAGED_BY}`
const KEPT = [BUDGETS, SERVICE_ACCOUNTS, CONFIG_MAPS, NETWORK_POLICIES] as const

export class Caches {
  readonly agents
  readonly revisions
  readonly trunks
  readonly pods
  readonly nodes
  readonly namespaces
  /** Metadata of all: content is read when an agent refers to it. */
  readonly configMaps
  readonly #kept = new Map<Resource, Reflector<KeptObject>>()

  constructor(client: Client, seals: Seals, heard: Heard, failed: (resource: string, error: unknown) => void) {
    const at = (resource: Resource) => ({
      client,
      resource,
      failed: (error: unknown) => failed(resource.plural, error),
    })
    this.agents = new Reflector<ObservedAgent, 'namespace' | 'configMap'>({
      ...at(AGENTS),
      project: projectAgent,
      indexes: {
        namespace: agent => [agent.namespace],
        configMap: agent =>
          agent.spec === null ? [] : configMapsOf(agent.spec).map(name => `${agent.namespace}/${name}`),
      },
      changed: change => heard.agent(change),
    })
    this.revisions = new Reflector<ObservedRevision, 'agent'>({
      ...at(REVISIONS),
      project: projectRevision,
      indexes: { agent: revision => [`${revision.namespace}/${revision.agent}`] },
      changed: change => heard.revision(change),
    })
    this.trunks = new Reflector<ObservedTrunk>({
      ...at(TRUNKS),
      project: projectTrunk,
      changed: change => heard.trunk(change),
    })
    this.pods = new Reflector<ObservedPod, 'agent' | 'node'>({
      ...at(PODS),
      labels: WORKER_SELECTOR,
      project: object => projectPod(object, seals),
      indexes: {
        agent: pod => [`${pod.namespace}/${pod.agent}`],
        node: pod => (pod.node === null ? [] : [pod.node]),
      },
      changed: change => heard.pod(change),
    })
    this.nodes = new Reflector<ObservedNode>({
      ...at(NODES),
      project: projectNode,
      changed: change => heard.node(change),
    })
    this.namespaces = new Reflector<ObservedNamespace>({
      ...at(NAMESPACES),
      project: projectNamespace,
      changed: change => heard.namespace(change),
    })
    this.configMaps = new Reflector<string>({
      ...at(CONFIG_MAPS),
      metadataOnly: true,
      project: ({ metadata }) => `${metadata.uid}:${metadata.resourceVersion}`,
      changed: change => heard.configMap(change),
    })
    for (const resource of KEPT)
      this.#kept.set(
        resource,
        new Reflector<KeptObject>({
          ...at(resource),
          labels: OURS,
          keepManagedFields: true,
          project: object => projectKept(object, client.fieldManager),
          changed: change => heard.kept(resource, change),
        }),
      )
  }

  kept(resource: Resource, key: string): KeptObject | undefined {
    return this.#kept.get(resource)?.cache.get(key)?.value
  }

  start(): void {
    for (const reflector of this.#all) reflector.start()
  }

  /** Resolves when all are whole; rejects when stopped before. */
  async synced(): Promise<void> {
    await Promise.all(this.#all.map(reflector => reflector.synced))
  }

  stop(): void {
    for (const reflector of this.#all) reflector.stop()
  }

  /** The longest that any watch has been silent, in milliseconds. */
  get staleMs(): number {
    return Math.max(...this.#all.map(reflector => reflector.staleMs))
  }

  get bytes(): number {
    return this.#all.reduce((sum, reflector) => sum + reflector.cache.bytes, 0)
  }

  get #all() {
    const { agents, revisions, trunks, pods, nodes, namespaces, configMaps } = this
    return [agents, revisions, trunks, pods, nodes, namespaces, configMaps, ...this.#kept.values()]
  }
}

function projectNamespace(object: KubeObject): ObservedNamespace {
  const { labels = {}, deletionTimestamp } = object.metadata
  return { labels, terminating: deletionTimestamp !== undefined }
}
