/** What stands in a namespace once for all its agents: an identity without rights, keys of ours, and who may talk to workers. */
import { candidatesOf } from '#crds/models.ts'
import { PROVIDERS } from '#crds/providers.ts'
import { rendererOf } from '#crds/speech.ts'
import type { Client } from '#kube/client/client.ts'
import type { Resource } from '#kube/resource.ts'
import {
  COMPONENT_LABEL,
  KEYS_CONFIG_MAP,
  WORKER_NETWORK_POLICY,
  WORKER_SERVICE_ACCOUNT,
} from '#operator/fleets/names.ts'
import { type NetworkOrder, networkPolicy } from '#operator/fleets/network-policy.ts'
import { CONFIG_MAPS, NETWORK_POLICIES, SERVICE_ACCOUNTS } from '#operator/fleets/resources.ts'
import { workerKeys, workerServiceAccount } from '#operator/fleets/surroundings.ts'
import { type KeptObject, Upkeep } from '#operator/fleets/upkeep.ts'
import type { ClaimBook } from '#operator/trunks/claim-book.ts'
import { networksOf, trunkBody } from '#operator/trunks/trunk-body.ts'
import type { Caches } from './caches.ts'
import type { OperatorSettings } from './settings.ts'

/** Where an agent goes that names no endpoint of its own. */

export interface NamespaceKeeperOptions {
  readonly client: Pick<Client, 'apply' | 'fieldManager'>
  readonly caches: Pick<Caches, 'agents' | 'revisions' | 'namespaces' | 'kept'>
  readonly book: ClaimBook
  /** Public keys that tokens are checked with. */
  readonly keys: () => object
  readonly settings: OperatorSettings
}

export class NamespaceKeeper {
  readonly #o: NamespaceKeeperOptions
  readonly #upkeep: Upkeep
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(options: NamespaceKeeperOptions) {
    this.#o = options
    this.#upkeep = new Upkeep(options.client)
  }

  /** Makes it so; several that ask at once share one look. */
  keep(namespace: string, signal: AbortSignal): Promise<void> {
    const there = this.#underWay.get(namespace)
    if (there !== undefined) return there
    const work = this.#keep(namespace, signal).finally(() => this.#underWay.delete(namespace))
    this.#underWay.set(namespace, work)
    return work
  }

  /** Before a pod is made there. What is there but out of date follows within a second, for each change of an agent asks for it. */
  async ensure(namespace: string, signal: AbortSignal): Promise<void> {
    const { caches, settings } = this.#o
    const is = (resource: Resource, name: string): boolean =>
      caches.kept(resource, `${namespace}/${name}`) !== undefined
    const whole =
      is(SERVICE_ACCOUNTS, WORKER_SERVICE_ACCOUNT) &&
      is(CONFIG_MAPS, KEYS_CONFIG_MAP) &&
      (!settings.network.policies || is(NETWORK_POLICIES, WORKER_NETWORK_POLICY))
    if (!whole) await this.keep(namespace, signal)
  }

  gone(kept: KeptObject): void {
    this.#upkeep.forget(kept.uid)
  }

  async #keep(namespace: string, signal: AbortSignal): Promise<void> {
    const { caches, keys, settings } = this.#o
    if (caches.agents.cache.count('namespace', namespace) === 0) return
    if (caches.namespaces.cache.get(namespace)?.value.terminating !== false) return
    const one = (resource: Resource, name: string, wanted: Parameters<Upkeep['keep']>[1]) =>
      this.#upkeep.keep(resource, wanted, caches.kept(resource, `${namespace}/${name}`), signal)
    await one(SERVICE_ACCOUNTS, WORKER_SERVICE_ACCOUNT, workerServiceAccount(namespace))
    await one(CONFIG_MAPS, KEYS_CONFIG_MAP, workerKeys(namespace, keys()))
    if (settings.network.policies)
      await one(NETWORK_POLICIES, WORKER_NETWORK_POLICY, networkPolicy(this.#order(namespace)))
  }

  #order(namespace: string): NetworkOrder {
    const { caches, book, settings } = this.#o
    const { network, worker } = settings
    const urls = new Set(network.urls)
    const trunks = new Map<string, ReturnType<typeof networksOf>>()
    for (const { key, value: agent } of caches.agents.cache.by('namespace', namespace)) {
      const { spec } = agent
      if (spec === null) urls.add(PROVIDERS.OpenAI.url)
      else {
        for (const { url } of candidatesOf(spec.model)) urls.add(url)
        const renderer = rendererOf(spec.model, spec.speech)
        if (renderer) urls.add(renderer.candidate.url)
      }
      for (const { http } of spec?.tools ?? []) urls.add(http.url)
      if (spec?.context?.http) urls.add(spec.context.http.url)
      // calls of old revisions go on while there are pods of them
      for (const { value: revision } of caches.revisions.cache.by('agent', key))
        for (const url of revision.replicas > 0 ? revision.urls : []) urls.add(url)
      for (const { claim, standing } of book.of(key)) {
        const trunk = standing.is === 'held' ? book.trunk(claim.trunk) : null
        const body = trunk === null ? null : trunkBody(trunk)
        if (body !== null && !trunks.has(claim.trunk)) trunks.set(claim.trunk, networksOf(body))
      }
    }
    const all = (of: 'signalling' | 'media'): string[] =>
      [...new Set([...trunks.values()].flatMap(networks => networks[of]))].toSorted()
    return {
      namespace,
      ports: worker.ports,
      control: [
        {
          namespace: { 'kubernetes.io/metadata.name': settings.namespace },
          pods: { [COMPONENT_LABEL]: 'operator' },
        },
      ],
      metrics: network.metrics,
      edges: network.edges,
      signalling: all('signalling'),
      media: all('media'),
      urls: [...urls].toSorted(),
      dns: network.dns,
      namespaces: new Set([...caches.namespaces.cache.entries()].map(entry => entry.key)),
      denied: network.denied,
    }
  }
}
