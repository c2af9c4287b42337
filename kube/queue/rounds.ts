/** Turns between groups: each group gives one in its turn, first in first out inside a group. */

export class Rounds<T> {
  /** In the order of their turns; the group whose turn it is stands first. Groups with nothing to give are left out. */
  readonly #groups = new Map<string, Set<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  has(group: string, item: T): boolean {
    return this.#groups.get(group)?.has(item) === true
  }

  add(group: string, item: T): void {
    const items = this.#groups.get(group)
    if (items?.has(item) === true) return
    this.#size += 1
    if (items === undefined) this.#groups.set(group, new Set([item]))
    else items.add(item)
  }

  remove(group: string, item: T): void {
    const items = this.#groups.get(group)
    if (items?.delete(item) !== true) return
    this.#size -= 1
    if (items.size === 0) this.#groups.delete(group)
  }

  /** The next item of the first group that may give one. */
  take(open: (group: string) => boolean): T | null {
    for (const [group, items] of this.#groups) {
      if (!open(group)) continue
      for (const item of items) {
        this.remove(group, item)
        const left = this.#groups.get(group)
        if (left !== undefined) {
          this.#groups.delete(group)
          this.#groups.set(group, left)
        }
        return item
      }
    }
    return null
  }
}
