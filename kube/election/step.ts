/** The steps of an election: look, take what is free or has run out, renew while leading, let go. */
import type { ElectionContext, ElectionEffect, ElectionEvent, ElectionState, LeaseRecord } from './state.ts'

/** A Lease that was let go is free at once; the API wants a duration above zero. */
const RELEASED_LEASE_MS = 1000

export function step(s: ElectionState, event: ElectionEvent, c: ElectionContext, out: ElectionEffect[]): void {
  if (s.phase === 'stopped') return
  expire(s, c, out)
  switch (event.is) {
    case 'wake':
      if (!s.waiting && c.now >= s.nextAt) ask(s, c, out)
      break
    case 'seen':
      if (answered(s, event.request)) seen(s, event.lease, c, out)
      break
    case 'written':
      if (answered(s, event.request)) written(s, event.lease, c, out)
      break
    case 'failed':
      if (answered(s, event.request)) failed(s, c, out)
      break
    case 'release':
      release(s, c, out)
      break
    case 'abandon':
      s.believeUntil = 0
      s.look = true
      expire(s, c, out)
      s.nextAt = c.now + c.policy.retryMs
      break
  }
  s.wakeAt = wakeAt(s)
}

/** Stops believing when the time has come, before anything else is looked at. */
function expire(s: ElectionState, c: ElectionContext, out: ElectionEffect[]): void {
  if (s.phase !== 'leading' || c.now < s.believeUntil) return
  s.phase = 'candidate'
  s.fence = null
  s.look = true
  out.push({ do: 'lost' })
}

function ask(s: ElectionState, c: ElectionContext, out: ElectionEffect[]): void {
  if (s.look || s.seen === null) {
    s.request += 1
    s.waiting = true
    s.sentAt = c.now
    out.push({ do: 'get', request: s.request })
  } else write(s, c, out, s.seen, s.identity)
}

function seen(s: ElectionState, lease: LeaseRecord | null, c: ElectionContext, out: ElectionEffect[]): void {
  if (s.phase === 'releasing') {
    if (lease?.holder === s.identity) write(s, c, out, lease, '')
    else stop(s, out)
    return
  }
  // Someone deleted the Lease, but its holder may still believe: it is waited for all the same.
  const missing = lease === null && s.seen !== null
  if (!missing && lease?.resourceVersion !== s.seen?.resourceVersion) {
    s.seen = lease
    s.seenAt = c.now
  }
  const last = lease ?? s.seen
  const free = last === null || last.holder === '' || last.holder === s.identity || ranOut(s, last, c)
  if (free) write(s, c, out, lease, s.identity)
  else s.nextAt = c.now + jittered(c)
}

function ranOut(s: ElectionState, lease: LeaseRecord, c: ElectionContext): boolean {
  return c.now - s.seenAt >= Math.max(lease.leaseMs, c.policy.believeMs)
}

function write(
  s: ElectionState,
  c: ElectionContext,
  out: ElectionEffect[],
  over: LeaseRecord | null,
  holder: string,
): void {
  s.request += 1
  s.waiting = true
  // From before it is sent: others count from when it arrived, which is later.
  s.sentAt = c.now
  const acquired = over === null || over.holder !== holder
  out.push({
    do: 'write',
    request: s.request,
    resourceVersion: over?.resourceVersion ?? null,
    holder,
    leaseMs: holder === '' ? RELEASED_LEASE_MS : c.policy.leaseMs,
    transitions: (over?.transitions ?? 0) + (acquired && over !== null && holder !== '' ? 1 : 0),
    acquired,
  })
}

function written(s: ElectionState, lease: LeaseRecord, c: ElectionContext, out: ElectionEffect[]): void {
  s.seen = lease
  s.seenAt = c.now
  if (s.phase === 'releasing') {
    if (lease.holder === '') stop(s, out)
    else write(s, c, out, lease, '')
    return
  }
  s.look = false
  s.believeUntil = s.sentAt + c.policy.believeMs
  s.nextAt = Math.min(c.now + jittered(c), s.sentAt + c.policy.retryMs * 1.2)
  if (s.phase === 'leading') return
  if (c.now >= s.believeUntil) {
    // The answer took so long that it proves nothing any more.
    s.look = true
    return
  }
  s.phase = 'leading'
  s.fence = { transitions: lease.transitions, resourceVersion: lease.resourceVersion }
  out.push({ do: 'leading', fence: s.fence })
}

function failed(s: ElectionState, c: ElectionContext, out: ElectionEffect[]): void {
  if (s.phase === 'releasing') {
    // Others take over when it runs out.
    stop(s, out)
    return
  }
  s.look = true
  s.nextAt = c.now + jittered(c) / 2
}

function release(s: ElectionState, c: ElectionContext, out: ElectionEffect[]): void {
  const held = s.phase === 'leading' ? s.seen : null
  if (s.phase === 'releasing') return
  s.phase = 'releasing'
  s.believeUntil = 0
  s.fence = null
  if (held === null) {
    stop(s, out)
    return
  }
  out.push({ do: 'lost' })
  // A renewal under way ends first: it changes the resource version.
  if (!s.waiting) write(s, c, out, held, '')
}

function stop(s: ElectionState, out: ElectionEffect[]): void {
  s.phase = 'stopped'
  s.wakeAt = null
  out.push({ do: 'released' })
}

function answered(s: ElectionState, request: number): boolean {
  if (request !== s.request || !s.waiting) return false
  s.waiting = false
  return true
}

function wakeAt(s: ElectionState): number | null {
  if (s.phase === 'stopped' || s.phase === 'releasing') return null
  const next = s.waiting ? Infinity : s.nextAt
  const at = s.phase === 'leading' ? Math.min(next, s.believeUntil) : next
  return Number.isFinite(at) ? at : null
}

function jittered(c: ElectionContext): number {
  return c.policy.retryMs * (0.8 + 0.4 * c.random())
}
