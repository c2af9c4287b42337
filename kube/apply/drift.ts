/**
 * Says whether an object must be applied (again). Compared are hashes: of what is wanted, and of what we still own of the live object. A
 * server that writes values in another way (`1000m` → `1`) makes them differ for ever; so what came of an apply is remembered, and only a
 * change since then counts. After a restart, an object whose hashes agree costs no request.
 */
import type { KubeObject } from '../object.ts'
import { isOlder } from '../resource-version.ts'
import { hashApplied, hashOf } from './hash.ts'
import { ownedFields } from './owned-fields.ts'

/** What a cache keeps of a live object, so that drift can be seen without the object. */
export interface Owned {
  readonly hash: string | null
  readonly resourceVersion: string
}

/** For a cache's projection, which then needs `keepManagedFields`. */
export function ownedBy(object: KubeObject, manager: string, subresource?: string): Owned {
  const owned = ownedFields(object, manager, subresource)
  return { hash: owned === null ? null : hashOf(owned), resourceVersion: object.metadata.resourceVersion }
}

interface Remembered {
  readonly wanted: string
  readonly owned: string | null
  readonly resourceVersion: string
}

export class Drift {
  readonly #manager: string
  readonly #subresource: string | undefined
  /** By uid: as many as there are live objects; the owner forgets the dead. */
  readonly #remembered = new Map<string, Remembered>()

  constructor(manager: string, subresource?: string) {
    this.#manager = manager
    this.#subresource = subresource
  }

  /** @returns why `wanted` must be applied to the live object of this uid, or null when it is as wanted */
  reason(uid: string, wanted: object, live: Owned): 'wanted' | 'drifted' | null {
    const hash = hashApplied(wanted)
    const remembered = this.#remembered.get(uid)
    if (remembered?.wanted === hash) {
      // The cache has not seen our own write yet.
      if (isOlder(live.resourceVersion, remembered.resourceVersion)) return null
      return live.hash === remembered.owned ? null : 'drifted'
    }
    if (live.hash === hash) return null
    return remembered === undefined && live.hash !== null ? 'drifted' : 'wanted'
  }

  /** Remembers what came of an apply. */
  applied(wanted: object, result: KubeObject): void {
    const { hash, resourceVersion } = ownedBy(result, this.#manager, this.#subresource)
    this.#remembered.set(result.metadata.uid, { wanted: hashApplied(wanted), owned: hash, resourceVersion })
  }

  forget(uid: string): void {
    this.#remembered.delete(uid)
  }

  get size(): number {
    return this.#remembered.size
  }
}
