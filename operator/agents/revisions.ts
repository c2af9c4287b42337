/** Which revision an agent's spec is, what a new one is called, and which old ones may be forgotten. Pure. */
import type { ObservedRevision } from './observed.ts'

/** The number of a revision of an agent by its name; null when it is not named like one. */
export function numberOf(agent: string, revision: string): number | null {
  if (!revision.startsWith(`${agent}-`)) return null
  const digits = revision.slice(agent.length + 1)
  return /^[1-9][0-9]{0,8}$/.test(digits) ? Number(digits) : null
}

/**
 * The revision of a behaviour: the newest with the same hash, for what was once made and is wanted again is not made again.
 *
 * @param revisions of the agent, owned by it
 */
export function revisionOf(hash: string, revisions: readonly ObservedRevision[]): ObservedRevision | null {
  return newestFirst(revisions).find(revision => revision.hash === hash && !revision.deleting) ?? null
}

/** The next name. No number is used twice: what records and traces say of `reception-7` stays true. @param used names seen anywhere */
export function nextName(agent: string, used: Iterable<string>): string {
  let highest = 0
  for (const name of used) highest = Math.max(highest, numberOf(agent, name) ?? 0)
  return `${agent}-${highest + 1}`
}

/** The one that was promoted last: where calls go when nothing else is known. Never simply the newest. */
export function stableOf(revisions: readonly ObservedRevision[]): ObservedRevision | null {
  return revisions.filter(r => r.stableSince !== null && !r.deleting).toSorted(byPromotion)[0] ?? null
}

/** Old revisions beyond the limit, oldest first. One with pods, or that is in use otherwise, is never among them. */
export function forgettable(
  revisions: readonly ObservedRevision[],
  isUsed: (revision: ObservedRevision) => boolean,
  limit: number,
): ObservedRevision[] {
  const idle = newestFirst(revisions).filter(
    revision => !revision.deleting && revision.replicas === 0 && !isUsed(revision),
  )
  return idle.slice(Math.max(0, limit)).reverse()
}

/** By number, for several can be made in one second. */
export function newestFirst(revisions: readonly ObservedRevision[]): ObservedRevision[] {
  const number = (revision: ObservedRevision): number => numberOf(revision.agent, revision.name) ?? 0
  return revisions.toSorted((a, b) => number(b) - number(a) || (a.name < b.name ? -1 : 1))
}

function byPromotion(a: ObservedRevision, b: ObservedRevision): number {
  const [at, bt] = [a.stableSince ?? '', b.stableSince ?? '']
  if (at !== bt) return at > bt ? -1 : 1
  return (numberOf(b.agent, b.name) ?? 0) - (numberOf(a.agent, a.name) ?? 0)
}
