/** Whether two lines of a pod say the same: a heartbeat wakes nobody. */
import { isDeepStrictEqual } from 'node:util'
import type { LoadLine } from '#runtime/contract/load-line.ts'

/** Figures change with the calls they are about; how long the longest call lasts is known from when it began. */
export function sameLoad(a: LoadLine, b: LoadLine): boolean {
  return sameStanding(a, b) && sameCalls(a, b)
}

/** Who it is, what it answers as, and whether it takes calls: all but how many there are. */
export function sameStanding(a: LoadLine, b: LoadLine): boolean {
  return (
    a.boot === b.boot &&
    a.slots.total === b.slots.total &&
    a.drain?.id === b.drain?.id &&
    a.drain?.deadline === b.drain?.deadline &&
    isDeepStrictEqual(a.secrets, b.secrets) &&
    eachRevision(a, b, (is, was) => is.id === was.id && samePrompts(is.prompts, was.prompts))
  )
}

function sameCalls(a: LoadLine, b: LoadLine): boolean {
  return (
    a.outbox === b.outbox &&
    a.slots.busy === b.slots.busy &&
    a.slots.reserved === b.slots.reserved &&
    eachRevision(a, b, (is, was) => is.calls === was.calls)
  )
}

type Served = LoadLine['revisions'][string]

/** How far rendering is, matters to nobody until it is at its end, or cannot go on. */
function samePrompts(is: Served['prompts'], was: Served['prompts']): boolean {
  return is?.code === was?.code && isRendered(is) === isRendered(was)
}

function isRendered(prompts: Served['prompts']): boolean {
  return prompts === undefined || prompts.rendered >= prompts.texts
}

/** Without a new object for each of thousands of heartbeats a second. */
function eachRevision({ revisions: a }: LoadLine, { revisions: b }: LoadLine, same: (a: Served, b: Served) => boolean) {
  let more = Object.keys(b).length
  for (const name in a) {
    const [is, was] = [a[name], b[name]]
    if (is === undefined || was === undefined || !same(is, was)) return false
    more -= 1
  }
  return more === 0
}
