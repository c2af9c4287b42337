/** What a reflector knows of its conversation with the API server: plain JSON. The objects themselves are in the cache. */
import type { BackoffOptions } from '../backoff.ts'
import type { Ms, Random } from '../clock.ts'
import type { FailureKind } from '../failure.ts'

export interface ReflectorPolicy {
  /** Objects per page. Default 500, as in client-go. */
  readonly pageSize: number
  /** A watch is asked to end after a random time in here, so that watches spread over API servers. Default 300–600 s. */
  readonly watchSeconds: { readonly min: number; readonly max: number }
  /** No event and no bookmark for so long: the connection is taken for dead. Bookmarks come about once a minute. Default 150 s. */
  readonly silenceMs: Ms
  /** Every so often the whole cache is told to listeners again; null for never. Default 10 min, ± 10 %. */
  readonly resyncMs: Ms | null
  /** Every so often everything is listed again, whatever the watch says; null for never. Default 1 h, ± 10 %. */
  readonly relistMs: Ms | null
  readonly backoff: BackoffOptions
}

export const DEFAULT_REFLECTOR_POLICY: ReflectorPolicy = {
  pageSize: 500,
  watchSeconds: { min: 300, max: 600 },
  silenceMs: 150_000,
  resyncMs: 600_000,
  relistMs: 3_600_000,
  backoff: { baseMs: 800, maxMs: 30_000, jitter: 0.5 },
}

export interface ReflectorState {
  phase: 'idle' | 'listing' | 'opening' | 'watching' | 'waiting' | 'stopped'
  /** Number of the request whose answers count; those of all others are stale. */
  request: number
  /** Number of the list that objects are marked with; what an older list marked is gone at its end. */
  listing: number
  /** Where the next watch starts; null: list first. */
  resourceVersion: string | null
  /** Token of the page that is asked for. */
  continue: string | null
  pageSize: number
  /** History ran out in the middle of a list, so many times in a row. */
  expired: number
  failures: number
  /** Watches in a row that ended in silence. */
  silences: number
  openedAt: Ms
  heardAt: Ms
  /** While waiting: until when. */
  retryAt: Ms
  synced: boolean
  resyncAt: Ms | null
  relistAt: Ms | null
  wakeAt: Ms | null
  counts: ReflectorCounts
}

/** Since the start; for metrics. */
export interface ReflectorCounts {
  lists: number
  pages: number
  watches: number
  events: number
  bookmarks: number
  expired: number
  silences: number
  failures: number
}

export type ReflectorEvent =
  | { readonly is: 'start' }
  | { readonly is: 'wake' }
  /** The page's objects are in the cache already. */
  | {
      readonly is: 'page'
      readonly request: number
      readonly resourceVersion: string
      readonly continue: string | null
    }
  | { readonly is: 'opened'; readonly request: number }
  /** The event's object is in the cache already. */
  | { readonly is: 'event'; readonly request: number; readonly resourceVersion: string; readonly bookmark: boolean }
  | { readonly is: 'ended'; readonly request: number }
  | { readonly is: 'failed'; readonly request: number; readonly kind: FailureKind; readonly retryAfterMs: Ms | null }
  | { readonly is: 'stop' }

export type ReflectorEffect =
  | { readonly do: 'list'; readonly request: number; readonly limit: number; readonly continue: string | null }
  | {
      readonly do: 'watch'
      readonly request: number
      readonly resourceVersion: string
      readonly timeoutSeconds: number
    }
  | { readonly do: 'abort'; readonly request: number }
  /** A list is complete: what it did not name is gone. */
  | { readonly do: 'sweep'; readonly listing: number }
  /** The cache is whole for the first time. */
  | { readonly do: 'synced' }
  | { readonly do: 'resync' }
  | { readonly do: 'silent'; readonly ms: Ms }

export function newReflectorState(policy: ReflectorPolicy): ReflectorState {
  return {
    phase: 'idle',
    request: 0,
    listing: 0,
    resourceVersion: null,
    continue: null,
    pageSize: policy.pageSize,
    expired: 0,
    failures: 0,
    silences: 0,
    openedAt: 0,
    heardAt: 0,
    retryAt: 0,
    synced: false,
    resyncAt: null,
    relistAt: null,
    wakeAt: null,
    counts: { lists: 0, pages: 0, watches: 0, events: 0, bookmarks: 0, expired: 0, silences: 0, failures: 0 },
  }
}

/** What a step needs besides its event. */
export interface ReflectorContext {
  readonly policy: ReflectorPolicy
  readonly now: Ms
  readonly random: Random
}
