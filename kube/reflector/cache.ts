/**
 * What a reflector holds: of each object only what its projection keeps. Changes are told in order: per key `added`, any `updated`, `deleted`,
 * and a new uid is another life, so never an update.
 */
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../object.ts'
import { keyOf, type ObjectKey } from '../resource.ts'
import { Indexes, type IndexFunctions } from './indexes.ts'
import { sizeOf } from './size.ts'

export interface CacheEntry<T> {
  readonly key: ObjectKey
  readonly uid: string
  readonly resourceVersion: string
  readonly value: T
}

export type Change<T> =
  | { readonly is: 'added'; readonly entry: CacheEntry<T> }
  | { readonly is: 'updated'; readonly entry: CacheEntry<T>; readonly before: CacheEntry<T> }
  | { readonly is: 'deleted'; readonly entry: CacheEntry<T> }
  /** Nothing changed; said again so that a listener that missed something gets another chance. */
  | { readonly is: 'resynced'; readonly entry: CacheEntry<T> }

export interface CacheOptions<T, I extends string> {
  /**
   * Keeps what is needed; gets the object without managedFields unless `keepManagedFields`. Must copy, not point into what it drops.
   *
   * @param before what it made of the object the last time, if that is still held
   */
  readonly project: (object: KubeObject, before?: T) => T
  /** For projections that look at who owns which field. */
  readonly keepManagedFields?: boolean
  readonly indexes?: IndexFunctions<T, I>
  readonly changed: (change: Change<T>) => void
}

interface Held<T> {
  entry: CacheEntry<T>
  bytes: number
  listing: number
}

export class Cache<T, I extends string = never> {
  readonly #o: CacheOptions<T, I>
  readonly #held = new Map<ObjectKey, Held<T>>()
  readonly #indexes: Indexes<T, I>
  #bytes = 0

  constructor(options: CacheOptions<T, I>) {
    this.#o = options
    this.#indexes = new Indexes(options.indexes)
  }

  get size(): number {
    return this.#held.size
  }

  /** About how much memory the values take, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: ObjectKey): CacheEntry<T> | undefined {
    return this.#held.get(key)?.entry
  }

  *entries(): IterableIterator<CacheEntry<T>> {
    for (const { entry } of this.#held.values()) yield entry
  }

  /** All entries that an index files under `value`. */
  by(index: I, value: string): CacheEntry<T>[] {
    return [...this.#indexes.keys(index, value)].flatMap(key => this.get(key) ?? [])
  }

  /** How many entries an index files under `value`. */
  count(index: I, value: string): number {
    return this.#indexes.keys(index, value).size
  }

  /** @param listing number of the list that named it, or of the last list for a watch's event */
  put(object: KubeObject, listing: number): void {
    const { metadata } = object
    const key = keyOf(metadata)
    const held = this.#held.get(key)
    const { uid, resourceVersion } = metadata
    // The same resourceVersion is no proof of the same content: etcd may have been restored from a backup.
    if (this.#o.keepManagedFields !== true) delete metadata.managedFields
    const value = this.#o.project(object, held?.entry.uid === uid ? held.entry.value : undefined)
    if (held !== undefined && held.entry.uid !== uid) this.#drop(key, held)
    const before = this.#held.get(key)
    const same = before !== undefined && isDeepStrictEqual(before.entry.value, value)
    if (before !== undefined && !same) keepEqual(before.entry.value, value)
    const entry = { key, uid, resourceVersion, value: same ? before.entry.value : value }
    const bytes = same ? before.bytes : sizeOf(entry)
    this.#bytes += bytes - (before?.bytes ?? 0)
    this.#held.set(key, { entry, bytes, listing })
    if (same) return
    this.#indexes.move(key, before?.entry.value, value)
    this.#o.changed(before === undefined ? { is: 'added', entry } : { is: 'updated', entry, before: before.entry })
  }

  /** An object is gone; a delete of another life than ours changes nothing. */
  remove(object: KubeObject): void {
    const key = keyOf(object.metadata)
    const held = this.#held.get(key)
    if (held?.entry.uid === object.metadata.uid) this.#drop(key, held)
  }

  /** Drops what the list of this number did not name. */
  sweep(listing: number): void {
    for (const [key, held] of this.#held) if (held.listing !== listing) this.#drop(key, held)
  }

  resync(): void {
    for (const entry of this.entries()) this.#o.changed({ is: 'resynced', entry })
  }

  #drop(key: ObjectKey, held: Held<T>): void {
    this.#held.delete(key)
    this.#bytes -= held.bytes
    this.#indexes.move(key, held.entry.value, undefined)
    this.#o.changed({ is: 'deleted', entry: held.entry })
  }
}

/** Members that are as they were stay the same objects, so that what was found out about one can be remembered by it. */
function keepEqual<T>(before: T, value: T): void {
  if (typeof value !== 'object' || value === null || typeof before !== 'object' || before === null) return
  for (const name in value) {
    const [is, was] = [value[name], before[name]]
    if (typeof is === 'object' && is !== was && isDeepStrictEqual(is, was)) value[name] = was
  }
}
