/**
 * What was written and may not be in the cache yet. A status that is planned from an older one would be written twice, with another time in
 * it; so for a while our own word counts for more than the cache's. Pure.
 */
import type { Ms } from '#kube/clock.ts'

const BELIEVED_MS: Ms = 10_000
const MOST = 50_000

export class Written<T> {
  readonly #byUid = new Map<string, { readonly value: T; readonly at: Ms }>()

  wrote(uid: string, value: T, now: Ms): void {
    this.#byUid.delete(uid)
    this.#byUid.set(uid, { value, at: now })
    for (const [oldest, { at }] of this.#byUid) {
      if (this.#byUid.size <= MOST && now - at < BELIEVED_MS) break
      this.#byUid.delete(oldest)
    }
  }

  /** What stands there, as far as we know. */
  of(uid: string, cached: T, now: Ms): T {
    const ours = this.#byUid.get(uid)
    return ours !== undefined && now - ours.at < BELIEVED_MS ? ours.value : cached
  }
}
