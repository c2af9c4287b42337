/** Which states of objects are of our own making: what a watch tells of them is no news. Pure. */
import type { Ms } from '#kube/clock.ts'

/** A watch is seldom so far behind; what is forgotten costs one turn that finds nothing to do. */
const KEPT_MS: Ms = 60_000
const MOST = 100_000

export interface Versioned {
  readonly uid: string
  readonly resourceVersion: string
}

export class OwnWrites {
  /** Oldest first. */
  readonly #at = new Map<string, Ms>()

  /** @param object as the API server answered our write */
  wrote(object: Versioned, now: Ms): void {
    this.#at.set(nameOf(object), now)
    for (const [oldest, at] of this.#at) {
      if (this.#at.size <= MOST && now - at < KEPT_MS) break
      this.#at.delete(oldest)
    }
  }

  has(object: Versioned): boolean {
    return this.#at.has(nameOf(object))
  }
}

function nameOf({ uid, resourceVersion }: Versioned): string {
  return `${uid}@${resourceVersion}`
}
