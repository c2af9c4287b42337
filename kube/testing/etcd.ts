/** A small etcd with the API server's rules on top, in memory: revisions, history, compaction, pages of one moment. For tests. */
import type { KubeObject } from '../object.ts'
import { keyOf } from '../resource.ts'

export interface Logged {
  readonly revision: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

export type Page =
  | { readonly expired: true }
  | {
      readonly expired: false
      readonly revision: number
      readonly items: KubeObject[]
      readonly continue: string | null
    }

export class Etcd {
  revision = 100
  /** Revisions up to here are forgotten. */
  compacted = 0
  readonly objects = new Map<string, KubeObject>()
  log: Logged[] = []
  #uids = 0

  /** Creates or replaces; a new life gets a new uid. */
  put(namespace: string, name: string, content: Record<string, unknown> = {}): KubeObject {
    const key = keyOf({ namespace, name })
    const before = this.objects.get(key)
    const { metadata, ...rest } = content as { metadata?: object }
    const object: KubeObject = {
      ...rest,
      metadata: {
        ...metadata,
        namespace,
        name,
        uid: before?.metadata.uid ?? `uid-${++this.#uids}`,
        resourceVersion: String(++this.revision),
      },
    }
    this.objects.set(key, object)
    this.log.push({ revision: this.revision, type: before === undefined ? 'ADDED' : 'MODIFIED', object })
    return object
  }

  remove(namespace: string, name: string): boolean {
    const key = keyOf({ namespace, name })
    const before = this.objects.get(key)
    if (before === undefined) return false
    this.objects.delete(key)
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.revision) } }
    this.log.push({ revision: this.revision, type: 'DELETED', object })
    return true
  }

  /** Forgets history up to now, as etcd does every five minutes. */
  compact(): void {
    this.compacted = this.revision
    this.log = []
  }

  /** As restored from a backup: objects stay, revisions start lower. */
  restore(revision: number): void {
    this.revision = revision
    this.compacted = 0
    this.log = []
    for (const [key, object] of this.objects)
      this.objects.set(key, { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
  }

  page(limit: number, token: string | null): Page {
    const [revision, from] = token === null ? [this.revision, ''] : (JSON.parse(token) as [number, string])
    if (token !== null && revision < this.compacted) return { expired: true }
    const all = this.#at(revision).filter(([key]) => key > from)
    const taken = limit === 0 ? all : all.slice(0, limit)
    const last = taken.at(-1)?.[0] ?? ''
    const next = taken.length < all.length ? JSON.stringify([revision, last]) : null
    return { expired: false, revision, items: taken.map(([, object]) => structuredClone(object)), continue: next }
  }

  /** What happened after a revision, or null when that is forgotten. */
  since(revision: number): readonly Logged[] | null {
    return revision < this.compacted ? null : this.log.filter(entry => entry.revision > revision)
  }

  #at(revision: number): [string, KubeObject][] {
    const then = new Map(this.objects)
    // Undo what came later, newest first.
    for (const entry of [...this.log].reverse()) {
      if (entry.revision <= revision) break
      const key = keyOf(entry.object.metadata)
      const before = this.log.findLast(e => e.revision < entry.revision && keyOf(e.object.metadata) === key)
      if (before === undefined || before.type === 'DELETED') then.delete(key)
      else then.set(key, before.object)
      // The log may begin after the object did.
      if (before === undefined && entry.type !== 'ADDED') then.set(key, entry.object)
    }
    return [...then].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}
