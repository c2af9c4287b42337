/** Looks at the metadata of Secrets that agents name, and at nothing else of them. They are not watched: that would take the right to read them all. */
import { CREDENTIAL_LABEL } from '#crds/reference.ts'
import type { Client } from '#kube/client/client.ts'
import type { Ms } from '#kube/clock.ts'
import { failureOf } from '#kube/failure.ts'
import { SECRETS } from '#operator/tokens/ring-secret.ts'
import type { SecretSeen } from './credential.ts'

/** A Secret that can be used is looked at again after so long, one that cannot sooner: somebody is about to put it right. */
const GOOD_MS: Ms = 300_000
export const BAD_MS: Ms = 5000
const MOST_REMEMBERED = 20_000

export class SecretLooks {
  readonly #client: Pick<Client, 'get'>
  readonly #now: () => Ms
  readonly #seen = new Map<string, { readonly seen: SecretSeen; readonly at: Ms }>()

  constructor(client: Pick<Client, 'get'>, now: () => Ms) {
    this.#client = client
    this.#now = now
  }

  async look(namespace: string, name: string, signal: AbortSignal): Promise<SecretSeen> {
    const key = `${namespace}/${name}`
    const known = this.#seen.get(key)
    if (known !== undefined && this.#now() - known.at < (known.seen === 'usable' ? GOOD_MS : BAD_MS)) return known.seen
    const seen = await this.#ask(namespace, name, signal)
    if (this.#seen.size >= MOST_REMEMBERED) this.#seen.clear()
    this.#seen.set(key, { seen, at: this.#now() })
    return seen
  }

  async #ask(namespace: string, name: string, signal: AbortSignal): Promise<SecretSeen> {
    try {
      const secret = await this.#client.get(SECRETS, { namespace, name }, { signal, metadataOnly: true })
      if (secret === null) return 'missing'
      return secret.metadata.labels?.[CREDENTIAL_LABEL] === 'true' ? 'usable' : 'unlabelled'
    } catch (error) {
      if (failureOf(error)?.kind === 'forbidden') return 'forbidden'
      throw error
    }
  }
}
