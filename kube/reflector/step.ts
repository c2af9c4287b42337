/**
 * The reflector's core: list page by page, then watch from where the list ended, for ever. Mutates the state in place, pushes effects, asks
 * to be woken at `wakeAt`.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { backoff } from '../backoff.ts'
import type { Ms } from '../clock.ts'
import { isOlder } from '../resource-version.ts'
import type { ReflectorContext, ReflectorEffect, ReflectorEvent, ReflectorState } from './state.ts'

/** A watch that ends sooner without a word counts as a failure, or a broken server would be asked in a tight loop. */
const SHORT_WATCH_MS: Ms = 1000
/** How many silent watches in a row before the history itself is doubted and everything listed again. */
const SILENCES_TO_RELIST = 2
/** How often history may run out inside a list before all is asked for in one page, as client-go does. */
const EXPIRED_TO_ONE_PAGE = 2
const SMALLEST_PAGE = 10
const MOST_RETRY_AFTER_MS: Ms = 60_000

export function step(s: ReflectorState, event: ReflectorEvent, c: ReflectorContext, out: ReflectorEffect[]): void {
  if (s.phase === 'stopped') return
  switch (event.is) {
    case 'start':
      if (s.phase !== 'idle') return
      s.resyncAt = after(c, c.policy.resyncMs)
      begin(s, c, out)
      break
    case 'stop':
      abort(s, out)
      s.phase = 'stopped'
      break
    case 'wake':
      wake(s, c, out)
      break
    case 'page':
      if (event.request === s.request && s.phase === 'listing') page(s, event, c, out)
      break
    case 'opened':
      if (event.request !== s.request || s.phase !== 'opening') return
      s.phase = 'watching'
      s.openedAt = c.now
      s.heardAt = c.now
      break
    case 'event':
      if (event.request === s.request && s.phase === 'watching') heard(s, event, c, out)
      break
    case 'ended':
      if (event.request === s.request) ended(s, c, out)
      break
    case 'failed':
      if (event.request === s.request) failed(s, event, c, out)
      break
  }
  s.wakeAt = wakeAt(s, c)
}

function begin(s: ReflectorState, c: ReflectorContext, out: ReflectorEffect[]): void {
  s.request += 1
  if (s.resourceVersion === null) {
    if (s.continue === null) {
      s.listing += 1
      s.counts.lists += 1
    }
    s.phase = 'listing'
    // Limit 0 means everything, as of one moment, which no compaction can interrupt.
    const limit = s.expired >= EXPIRED_TO_ONE_PAGE ? 0 : s.pageSize
    out.push({ do: 'list', request: s.request, limit, continue: s.continue })
    return
  }
  s.phase = 'opening'
  s.heardAt = c.now
  s.counts.watches += 1
  const { min, max } = c.policy.watchSeconds
  const timeoutSeconds = Math.round(min + (max - min) * c.random())
  out.push({ do: 'watch', request: s.request, resourceVersion: s.resourceVersion, timeoutSeconds })
}

function page(
  s: ReflectorState,
  event: Extract<ReflectorEvent, { is: 'page' }>,
  c: ReflectorContext,
  out: ReflectorEffect[],
): void {
  s.counts.pages += 1
  s.failures = 0
  s.continue = event.continue
  if (event.continue === null) {
    s.expired = 0
    s.silences = 0
    s.resourceVersion = event.resourceVersion
    s.relistAt = after(c, c.policy.relistMs)
    s.pageSize = c.policy.pageSize
    out.push({ do: 'sweep', listing: s.listing })
    if (!s.synced) out.push({ do: 'synced' })
    s.synced = true
  }
  begin(s, c, out)
}

function heard(
  s: ReflectorState,
  event: Extract<ReflectorEvent, { is: 'event' }>,
  c: ReflectorContext,
  out: ReflectorEffect[],
): void {
  if (event.bookmark) s.counts.bookmarks += 1
  else s.counts.events += 1
  s.heardAt = c.now
  s.failures = 0
  s.silences = 0
  // A history that runs backwards is another history: etcd was restored from a backup.
  if (isOlder(event.resourceVersion, s.resourceVersion)) {
    relist(s, c, out)
    return
  }
  s.resourceVersion = event.resourceVersion
}

function ended(s: ReflectorState, c: ReflectorContext, out: ReflectorEffect[]): void {
  if (s.phase !== 'watching' && s.phase !== 'opening') return
  const short = s.phase === 'opening' || (c.now - s.openedAt < SHORT_WATCH_MS && s.heardAt === s.openedAt)
  if (short) wait(s, null, c)
  else begin(s, c, out)
}

function failed(
  s: ReflectorState,
  event: Extract<ReflectorEvent, { is: 'failed' }>,
  c: ReflectorContext,
  out: ReflectorEffect[],
): void {
  if (s.phase === 'waiting') return
  if (event.kind === 'expired') {
    s.counts.expired += 1
    if (s.phase === 'listing') s.expired += 1
    const again = s.failures > 0
    s.resourceVersion = null
    s.continue = null
    s.failures += 1
    // The first time at once; then with patience, for a server that says so every time must not be flooded.
    if (!again) begin(s, c, out)
    else wait(s, event.retryAfterMs, c)
    return
  }
  if (event.kind === 'tooLarge' && s.phase === 'listing') {
    s.pageSize = Math.max(SMALLEST_PAGE, Math.floor(s.pageSize / 2))
    s.expired = 0
  }
  s.counts.failures += 1
  wait(s, event.retryAfterMs, c)
}

function wake(s: ReflectorState, c: ReflectorContext, out: ReflectorEffect[]): void {
  if (s.resyncAt !== null && c.now >= s.resyncAt) {
    s.resyncAt = after(c, c.policy.resyncMs)
    if (s.synced) out.push({ do: 'resync' })
  }
  if (s.phase === 'waiting' && c.now >= s.retryAt) begin(s, c, out)
  if (s.phase !== 'watching' && s.phase !== 'opening') return
  const silentMs = c.now - s.heardAt
  if (silentMs >= c.policy.silenceMs) {
    s.counts.silences += 1
    s.silences += 1
    out.push({ do: 'silent', ms: silentMs })
    if (s.silences >= SILENCES_TO_RELIST) relist(s, c, out)
    else {
      abort(s, out)
      begin(s, c, out)
    }
  } else if (s.relistAt !== null && c.now >= s.relistAt) relist(s, c, out)
}

function relist(s: ReflectorState, c: ReflectorContext, out: ReflectorEffect[]): void {
  abort(s, out)
  s.resourceVersion = null
  s.continue = null
  begin(s, c, out)
}

function abort(s: ReflectorState, out: ReflectorEffect[]): void {
  if (s.phase === 'listing' || s.phase === 'opening' || s.phase === 'watching')
    out.push({ do: 'abort', request: s.request })
  // Whatever still comes of it is stale.
  s.request += 1
}

function wait(s: ReflectorState, retryAfterMs: Ms | null, c: ReflectorContext): void {
  s.phase = 'waiting'
  s.request += 1
  s.failures += 1
  const patience = backoff(c.policy.backoff, s.failures, c.random)
  s.retryAt = c.now + Math.max(patience, Math.min(retryAfterMs ?? 0, MOST_RETRY_AFTER_MS))
}

function wakeAt(s: ReflectorState, c: ReflectorContext): Ms | null {
  if (s.phase === 'stopped' || s.phase === 'idle') return null
  const at: number[] = []
  if (s.resyncAt !== null) at.push(s.resyncAt)
  if (s.phase === 'waiting') at.push(s.retryAt)
  if (s.phase === 'watching' || s.phase === 'opening') {
    at.push(s.heardAt + c.policy.silenceMs)
    if (s.relistAt !== null) at.push(s.relistAt)
  }
  return at.length === 0 ? null : Math.min(...at)
}

function after(c: ReflectorContext, ms: Ms | null): Ms | null {
  return ms === null ? null : c.now + ms * (0.9 + 0.2 * c.random())
}
