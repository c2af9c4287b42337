/**
 * Snapshots of revisions that were made a short while ago: their first pods are about to be told, and reading back what was just written would be
 * one request more of each agent. A snapshot never changes. Bounded; what is not here is read.
 */
import type { RevisionRequest } from '#runtime/contract/revision.ts'

export type Snapshot = Pick<RevisionRequest, 'content' | 'clips'>

const MOST_BYTES = 8 * 2 ** 20

export class Snapshots {
  /** By uid of the revision, oldest first. */
  readonly #kept = new Map<string, { readonly snapshot: Snapshot; readonly bytes: number }>()
  #bytes = 0

  keep(uid: string, snapshot: Snapshot, bytes: number): void {
    if (bytes > MOST_BYTES / 8) return
    this.#kept.set(uid, { snapshot, bytes })
    this.#bytes += bytes
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= MOST_BYTES) break
      this.#kept.delete(oldest)
      this.#bytes -= kept.bytes
    }
  }

  of(uid: string): Snapshot | undefined {
    return this.#kept.get(uid)?.snapshot
  }

  /** All pods that shall have it were told. */
  forget(uid: string): void {
    this.#bytes -= this.#kept.get(uid)?.bytes ?? 0
    this.#kept.delete(uid)
  }
}
