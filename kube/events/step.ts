/** Takes occurrences, gives writes. */
import type { Ms } from '../clock.ts'
import type { EventEffect, EventPolicy, EventsState, Occurrence, Series } from './state.ts'

const MOST_PATIENCE = 32

export function occur(s: EventsState, what: Occurrence, now: Ms, policy: EventPolicy, out: EventEffect[]): void {
  sweep(s, now, policy, out)
  const same = sameness(what)
  const series = s.series.get(same)
  if (series === undefined) begin(s, same, what, now, policy, out)
  else {
    series.count += 1
    series.lastAt = now
    if (now >= series.nextWriteAt) write(series, now, policy, out)
  }
  s.wakeAt = wakeAt(s, policy)
}

/** Writes counts that are due, and ends series. */
export function wake(s: EventsState, now: Ms, policy: EventPolicy, out: EventEffect[]): void {
  sweep(s, now, policy, out)
  s.wakeAt = wakeAt(s, policy)
}

/** Writes all counts that are not written yet: before a process ends. */
export function flush(s: EventsState, now: Ms, policy: EventPolicy, out: EventEffect[]): void {
  for (const series of s.series.values()) if (series.count > series.written) write(series, now, policy, out)
  s.wakeAt = null
}

function begin(s: EventsState, same: string, what: Occurrence, now: Ms, policy: EventPolicy, out: EventEffect[]): void {
  if (!afford(s, what, now, policy)) {
    s.dropped += 1
    return
  }
  for (const [oldest, series] of s.series) {
    if (s.series.size < policy.maxSeries) break
    s.series.delete(oldest)
    out.push({ do: 'forget', id: series.id })
  }
  const id = ++s.ids
  s.series.set(same, {
    id,
    occurrence: what,
    count: 1,
    written: 1,
    lastAt: now,
    nextWriteAt: now + policy.patchMs,
    waitMs: policy.patchMs,
  })
  out.push({ do: 'create', id, occurrence: what })
}

function write(series: Series, now: Ms, policy: EventPolicy, out: EventEffect[]): void {
  series.written = series.count
  series.waitMs = Math.min(series.waitMs * 2, policy.patchMs * MOST_PATIENCE)
  series.nextWriteAt = now + series.waitMs
  out.push({ do: 'count', id: series.id, occurrence: series.occurrence, count: series.count })
}

function sweep(s: EventsState, now: Ms, policy: EventPolicy, out: EventEffect[]): void {
  for (const [same, series] of s.series) {
    if (series.count > series.written && now >= series.nextWriteAt) write(series, now, policy, out)
    if (now - series.lastAt < policy.seriesMs || series.count > series.written) continue
    s.series.delete(same)
    out.push({ do: 'forget', id: series.id })
  }
  for (const [object, budget] of s.budgets)
    if (now - budget.at >= policy.refillMs * policy.burst) s.budgets.delete(object)
}

/** Every object may say so much; then it waits its refill. */
function afford(s: EventsState, what: Occurrence, now: Ms, policy: EventPolicy): boolean {
  const object = identity(what.regarding)
  const budget = s.budgets.get(object) ?? { tokens: policy.burst, at: now }
  const tokens = Math.min(policy.burst, budget.tokens + (now - budget.at) / policy.refillMs)
  if (tokens < 1) return false
  if (!s.budgets.has(object) && s.budgets.size >= policy.maxSeries) return false
  s.budgets.set(object, { tokens: tokens - 1, at: now })
  return true
}

function wakeAt(s: EventsState, policy: EventPolicy): Ms | null {
  let at = Infinity
  for (const series of s.series.values())
    at = Math.min(at, series.count > series.written ? series.nextWriteAt : series.lastAt + policy.seriesMs)
  return at === Infinity ? null : at
}

/** Occurrences with other words are the same event all the same, or a counter in the note would defeat it. */
function sameness({ regarding, related, type, reason, action }: Occurrence): string {
  return JSON.stringify([identity(regarding), related === undefined ? '' : identity(related), type, reason, action])
}

function identity(object: Occurrence['regarding']): string {
  return `${object.kind}/${object.namespace ?? ''}/${object.name}/${object.uid ?? ''}`
}
