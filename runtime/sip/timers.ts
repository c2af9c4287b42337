import type { Ms } from '#runtime/media/format.ts'

/** Something with a deadline. `armed` is the earliest entry of it in the heap. */
export interface Timed {
  wakeAt: Ms | null
  armed: Ms | null
}

export type TimerKind = 'call' | 'client' | 'server'

export interface TimerEntry {
  readonly at: Ms
  readonly kind: TimerKind
  readonly key: string
}

/**
 * Puts an item into the heap (a binary heap in an array, earliest first) for its `wakeAt`. Entries are never taken out early: a stale
 * one is dropped when it comes up, and an item has at most one that is not stale.
 */
export function arm(heap: TimerEntry[], item: Timed, kind: TimerKind, key: string): void {
  if (item.wakeAt === null || (item.armed !== null && item.armed <= item.wakeAt)) return
  item.armed = item.wakeAt
  const entry: TimerEntry = { at: item.wakeAt, kind, key }
  let i = heap.push(entry) - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    const above = heap[parent] as TimerEntry
    if (above.at <= entry.at) break
    heap[i] = above
    i = parent
  }
  heap[i] = entry
}

/** Takes the earliest entry if it is due. */
export function popDue(heap: TimerEntry[], now: Ms): TimerEntry | null {
  const first = heap[0]
  if (first === undefined || first.at > now) return null
  const last = heap.pop() as TimerEntry
  if (heap.length === 0) return first
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && (heap[child + 1] as TimerEntry).at < (heap[child] as TimerEntry).at) child++
    const below = heap[child] as TimerEntry
    if (below.at >= last.at) break
    heap[i] = below
    i = child
  }
  heap[i] = last
  return first
}

/** Earliest of some deadlines; null: none. */
export function earliest(...deadlines: readonly (Ms | null | undefined)[]): Ms | null {
  let first: Ms | null = null
  for (const each of deadlines)
    if (each !== null && each !== undefined && (first === null || each < first)) first = each
  return first
}
