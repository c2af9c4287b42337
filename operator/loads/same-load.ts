/** Whether two lines of a pod say the same: a heartbeat wakes nobody. */
import { isDeepStrictEqual } from 'node:util'
import type { LoadLine } from '#runtime/contract/load-line.ts'

/** Figures change with the calls they are about; how long the longest call lasts is known from when it began. */
export function sameLoad(a: LoadLine, b: LoadLine): boolean {
  return (
    a.boot === b.boot &&
    a.outbox === b.outbox &&
    isDeepStrictEqual(a.slots, b.slots) &&
    a.drain?.id === b.drain?.id &&
    a.drain?.deadline === b.drain?.deadline &&
    isDeepStrictEqual(a.secrets, b.secrets) &&
    isDeepStrictEqual(servedOf(a), servedOf(b))
  )
}

function servedOf({ revisions }: LoadLine): object {
  return Object.fromEntries(Object.entries(revisions).map(([name, { calls, id }]) => [name, [calls, id]]))
}
