/** Finds keys by what their values say, without looking at all. */
import type { ObjectKey } from '../resource.ts'

/** Index name → under which words a value is filed. */
export type IndexFunctions<T, I extends string> = Readonly<Record<I, (value: T) => readonly string[]>>

const NONE: ReadonlySet<ObjectKey> = new Set()

export class Indexes<T, I extends string> {
  readonly #functions: [I, (value: T) => readonly string[]][]
  readonly #filed = new Map<I, Map<string, Set<ObjectKey>>>()

  constructor(functions: IndexFunctions<T, I> | undefined) {
    this.#functions = Object.entries(functions ?? {}) as [I, (value: T) => readonly string[]][]
    for (const [index] of this.#functions) this.#filed.set(index, new Map())
  }

  keys(index: I, word: string): ReadonlySet<ObjectKey> {
    return this.#filed.get(index)?.get(word) ?? NONE
  }

  move(key: ObjectKey, before: T | undefined, after: T | undefined): void {
    for (const [index, wordsOf] of this.#functions) {
      const filed = this.#filed.get(index)
      if (filed === undefined) continue
      for (const word of before === undefined ? [] : wordsOf(before)) {
        const keys = filed.get(word)
        keys?.delete(key)
        if (keys?.size === 0) filed.delete(word)
      }
      for (const word of after === undefined ? [] : wordsOf(after)) {
        const keys = filed.get(word)
        if (keys === undefined) filed.set(word, new Set([key]))
        else keys.add(key)
      }
    }
  }
}
