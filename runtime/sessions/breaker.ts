/**
 * A circuit breaker: what other calls have just learnt of a provider, so that each need not learn it anew while its caller waits. Pure; the
 * clock is an argument. Closed: all are let through. Open: nobody is, for a while that doubles with each failed probe. Half open: one is let
 * through to see, and decides.
 */
import type { Ms } from '#runtime/media/format.ts'

/** Failures in a row, none older than the window, that open it. */
const FAILURES = 3
const WINDOW_MS = 30_000
/** How long it stays open the first time, and at most. */
const REST_MS = 5000
const MAX_REST_MS = 60_000
/** A probe that nobody heard of again by then makes room for another. */
const PROBE_MS = 40_000

export interface Breaker {
  state: 'closed' | 'halfOpen' | 'open'
  /** When those in a row were, newest last; bounded by FAILURES. */
  failedAt: Ms[]
  /** Until then nobody is let through, while it is open. */
  until: Ms
  restMs: Ms
  /** Since when a probe is out. */
  probeSince: Ms | null
}

export function createBreaker(): Breaker {
  return { state: 'closed', failedAt: [], until: 0, restMs: REST_MS, probeSince: null }
}

/** Whether one may try now. Half open, one that may is the probe, and has to report. */
export function admit(b: Breaker, now: Ms): boolean {
  if (b.state === 'closed') return true
  if (b.state === 'open' && now < b.until) return false
  if (b.state === 'halfOpen' && b.probeSince !== null && now - b.probeSince < PROBE_MS) return false
  b.state = 'halfOpen'
  b.probeSince = now
  return true
}

/** A session became ready. */
export function succeeded(b: Breaker): void {
  b.state = 'closed'
  b.failedAt = []
  b.restMs = REST_MS
  b.probeSince = null
}

/** A session was not to be had, or was lost by its provider's fault. */
export function failed(b: Breaker, now: Ms): void {
  if (b.state === 'open') return
  if (b.state === 'halfOpen') return open(b, now, Math.min(2 * b.restMs, MAX_REST_MS))
  b.failedAt = [...b.failedAt.filter(at => now - at <= WINDOW_MS), now].slice(-FAILURES)
  if (b.failedAt.length === FAILURES) open(b, now, REST_MS)
}

/** A try ended without telling anything: its caller hung up. */
export function released(b: Breaker): void {
  b.probeSince = null
}

function open(b: Breaker, now: Ms, restMs: Ms): void {
  b.state = 'open'
  b.failedAt = []
  b.restMs = restMs
  b.until = now + restMs
  b.probeSince = null
}
