/** A binary heap of keys by time. An entry that is out of date stays until it comes up; who reads knows. */
import type { Ms } from '../clock.ts'

interface Delay {
  readonly at: Ms
  readonly key: string
}

export class DelayHeap {
  readonly #heap: Delay[] = []

  peek(): Delay | null {
    return this.#heap[0] ?? null
  }

  push(at: Ms, key: string): void {
    const heap = this.#heap
    const delay = { at, key }
    let i = heap.length
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent]
      if (above === undefined || above.at <= at) break
      heap[i] = above
      i = parent
    }
    heap[i] = delay
  }

  pop(): Delay | null {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return null
    if (heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      const left = heap[child]
      if (left === undefined) break
      const right = heap[child + 1]
      let least = left
      if (right !== undefined && right.at < left.at) {
        child += 1
        least = right
      }
      if (last.at <= least.at) break
      heap[i] = least
      i = child
    }
    heap[i] = last
    return first
  }
}
