/** Keeps what stands around pods as it should be: made when it is missing, put right when somebody changed it, and else left alone. */
import { Drift, type Owned, ownedBy } from '#kube/apply/drift.ts'
import type { Applied, Client } from '#kube/client/client.ts'
import type { KubeObject } from '#kube/object.ts'
import type { ObjectName, Resource } from '#kube/resource.ts'

/** What a cache keeps of an object that we apply. */
export interface KeptObject extends Owned {
  readonly uid: string
}

/** For a cache's projection, which needs `keepManagedFields`. */
export function projectKept(object: KubeObject, manager: string): KeptObject {
  return { uid: object.metadata.uid, ...ownedBy(object, manager) }
}

export class Upkeep {
  readonly #client: Pick<Client, 'apply' | 'fieldManager'>
  readonly #drift: Drift

  constructor(client: Pick<Client, 'apply' | 'fieldManager'>) {
    this.#client = client
    this.#drift = new Drift(client.fieldManager)
  }

  /**
   * Fields that others took are taken back: these objects are ours alone, and calls depend on them.
   *
   * @param live as the cache has it; undefined when there is none
   * @returns whether anything was written
   */
  async keep(
    resource: Resource,
    wanted: { readonly metadata: ObjectName & object; readonly [field: string]: unknown },
    live: KeptObject | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (live !== undefined && this.#drift.reason(live.uid, wanted, live) === null) return false
    const object: Applied = { ...wanted, metadata: { ...wanted.metadata, uid: live?.uid ?? null } }
    this.#drift.applied(wanted, await this.#client.apply(resource, object, { force: true, signal }))
    return true
  }

  /** The object of this uid is gone. */
  forget(uid: string): void {
    this.#drift.forget(uid)
  }
}
