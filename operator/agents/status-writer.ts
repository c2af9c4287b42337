/** Writes statuses: at once what somebody waits for, counters at their pace, and nothing that is there already. */
import type { Client } from '#kube/client/client.ts'
import type { Ms } from '#kube/clock.ts'
import type { Resource } from '#kube/resource.ts'
import type { CounterWrites } from '#operator/loads/counter-writes.ts'
import { sameStatus } from './observed.ts'
import { withoutCounters } from './status.ts'
import { Written } from './written.ts'

export interface StatusOwner {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export class StatusWriter<T extends object> {
  readonly #client: Pick<Client, 'apply'>
  readonly #resource: Resource
  readonly #counters: CounterWrites
  readonly #now: () => Ms
  readonly #written = new Written<T>()

  constructor(client: Pick<Client, 'apply'>, resource: Resource, counters: CounterWrites, now: () => Ms) {
    this.#client = client
    this.#resource = resource
    this.#counters = counters
    this.#now = now
  }

  /** The status that stands there: the cache's, or ours where the cache may not know it yet. */
  before(object: StatusOwner, cached: T): T {
    return this.#written.of(object.uid, cached, this.#now())
  }

  /** @returns when it must be asked again, for only counters changed and it is not their turn; null: nothing is left to do */
  async write(object: StatusOwner, before: T, next: T, signal: AbortSignal): Promise<Ms | null> {
    if (sameStatus(before, next)) return null
    const { namespace, name, uid } = object
    const now = this.#now()
    if (sameStatus(withoutCounters(before), withoutCounters(next))) {
      const turn = this.#counters.ask(uid, now)
      if (turn !== null) return turn
    } else this.#counters.wrote(uid, now)
    const applied = { metadata: { namespace, name, uid }, status: next }
    // status is ours alone: whoever edits it by hand loses the field again
    await this.#client.apply(this.#resource, applied, {
      subresource: 'status',
      force: true,
      metadataOnly: true,
      signal,
    })
    this.#written.wrote(uid, next, now)
    return null
  }
}
