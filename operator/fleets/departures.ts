/** Which pods shall go, and why: those that cannot stay, and, where there are more than wanted, the ones whose going costs least. */
import type { FleetInput } from './fleet.ts'
import type { Ms } from './observed-pod.ts'
import type { Standing } from './standing.ts'

/**
 * In the order in which they go when not all may go at once. `unsealed`: not surely ours. `edited`: changed by hand. `leaving`: its node is
 * about to go. `outdated`: Switchboard would make it otherwise now. `retired`: nothing wants its revision. `surplus`: more than wanted.
 */
export type Cause = 'unsealed' | 'leaving' | 'edited' | 'outdated' | 'retired' | 'surplus'

export interface Departure {
  readonly s: Standing
  readonly cause: Cause
}

const ORDER: readonly Cause[] = ['unsealed', 'leaving', 'edited', 'retired', 'outdated', 'surplus']
const ALIVE = new Set(['starting', 'unready', 'trusted', 'serving', 'suspect'])
/** Pods that are there for what is wanted: nothing else is made in their place. */
const PRESENT = new Set(['starting', 'unready', 'trusted', 'serving'])

export interface Choice {
  readonly departures: readonly Departure[]
  /** By revision: pods that stay. */
  readonly staying: ReadonlyMap<string, number>
  /** Pods under replacement because Switchboard changed. */
  readonly replacing: number
  /** What waits for the end of the stable window. */
  readonly held: boolean
}

export function chooseDepartures(standings: readonly Standing[], input: FleetInput, now: Ms): Choice {
  const departures: Departure[] = []
  const staying = new Map<string, number>()
  const settled = input.agent.deleting || now - input.leaderSince >= input.policy.stableMs
  const replacing = standings.filter(s => s.stage === 'draining' && isOutdated(s) && wants(s)).length
  let allowance = Math.max(0, input.replacements - replacing)
  let replaced = replacing
  let held = false
  const byRevision = Map.groupBy(
    standings.filter(s => ALIVE.has(s.stage)),
    s => s.pod.revision,
  )
  for (const all of byRevision.values()) {
    const stay: Standing[] = []
    for (const s of all.toSorted(cheapestFirst)) {
      const cause = flawOf(s, input)
      const costs = cause === 'outdated' && (s.stage !== 'starting' || s.pod.ready)
      // a new leader's eyes may be behind: one that seems to start may serve by now
      const early = cause === 'outdated' && !settled
      if (cause === null || early || (costs && allowance === 0)) {
        held ||= early
        if (PRESENT.has(s.stage)) stay.push(s)
        continue
      }
      if (costs) {
        allowance--
        replaced++
      }
      if (cause === 'retired' && !settled) held = true
      else departures.push({ s, cause })
    }
    const revision = stay[0]?.revision
    const surplus = revision === undefined ? 0 : stay.length - revision.wanted
    // Of these nothing is known: they may be busy.
    const victims = stay.filter(s => s.stage !== 'trusted').slice(0, Math.max(0, surplus))
    if (settled) for (const s of victims) departures.push({ s, cause: 'surplus' })
    else held ||= victims.length > 0
    if (revision !== undefined) staying.set(revision.name, stay.length)
  }
  return { departures: departures.toSorted(inOrder), staying, replacing: replaced, held }
}

function wants({ revision }: Standing): boolean {
  return revision !== undefined && revision.wanted > 0
}

export function isOutdated({ pod, revision }: Standing): boolean {
  return revision !== undefined && pod.template !== revision.template
}

function flawOf(s: Standing, input: FleetInput): Cause | null {
  if (s.pod.made === 'unsealed') return 'unsealed'
  if (s.node?.leaving) return 'leaving'
  if (s.pod.edited) return 'edited'
  if (input.agent.deleting || !wants(s)) return 'retired'
  // One that nobody hears of is replaced for that.
  return isOutdated(s) && s.stage !== 'suspect' ? 'outdated' : null
}

/** What goes first among equals: what serves nobody, then what Switchboard would change anyway, then the emptiest, then the youngest. */
function cheapestFirst(a: Standing, b: Standing): number {
  return (
    Number(isServing(a)) - Number(isServing(b)) ||
    Number(isOutdated(b)) - Number(isOutdated(a)) ||
    (a.calls ?? Number.MAX_SAFE_INTEGER) - (b.calls ?? Number.MAX_SAFE_INTEGER) ||
    b.pod.createdAt - a.pod.createdAt ||
    (a.pod.uid < b.pod.uid ? -1 : 1)
  )
}

function inOrder(a: Departure, b: Departure): number {
  return ORDER.indexOf(a.cause) - ORDER.indexOf(b.cause) || cheapestFirst(a.s, b.s)
}

/** Whether new calls can surely be answered there: what is counted before another pod may refuse them. */
export function isServing(s: Standing): boolean {
  return s.stage === 'serving' && !s.nodeDown
}
