/** Leader election by a Lease, as a core. Only the process's own monotonic clock decides; the times in the Lease are for people. */
import type { Ms, Random } from '../clock.ts'

export interface ElectionPolicy {
  /** Others wait so long after the last change they saw. Default 15 s, as in client-go. */
  readonly leaseMs: Ms
  /** The holder stops believing so long after it *sent* its last good renewal. Shorter than the lease by more than clocks can drift. Default 10 s. */
  readonly believeMs: Ms
  /** Between renewals, and between looks. Default 2 s. */
  readonly retryMs: Ms
}

export const DEFAULT_ELECTION_POLICY: ElectionPolicy = { leaseMs: 15_000, believeMs: 10_000, retryMs: 2000 }

/** What a Lease says. */
export interface LeaseRecord {
  /** Empty: nobody. */
  readonly holder: string
  readonly leaseMs: Ms
  /** How often it changed hands. */
  readonly transitions: number
  readonly resourceVersion: string
}

/**
 * Proof of which leadership a command comes from; a receiver refuses one that is older than the newest it saw. Resource versions grow over
 * the whole store, so it also grows when the Lease was deleted and made anew.
 */
export interface Fence {
  readonly transitions: number
  /** Of the write that won. */
  readonly resourceVersion: string
}

export interface ElectionState {
  readonly identity: string
  phase: 'candidate' | 'leading' | 'releasing' | 'stopped'
  request: number
  waiting: boolean
  /** When the request that is under way was sent. */
  sentAt: Ms
  /** The last Lease seen, and since when it has not changed, by our clock. */
  seen: LeaseRecord | null
  seenAt: Ms
  /** Leading only before this moment. */
  believeUntil: Ms
  fence: Fence | null
  nextAt: Ms
  /** Look before the next write. */
  look: boolean
  wakeAt: Ms | null
}

export type ElectionEvent =
  | { readonly is: 'wake' }
  /** `null`: there is no Lease. */
  | { readonly is: 'seen'; readonly request: number; readonly lease: LeaseRecord | null }
  | { readonly is: 'written'; readonly request: number; readonly lease: LeaseRecord }
  /** Refused, conflict, or no answer: what became of it is unknown. */
  | { readonly is: 'failed'; readonly request: number }
  /** Stop leading and let go of the Lease. */
  | { readonly is: 'release' }
  /** Stop leading without a word: the process does not respond, so nobody may take its place before the lease ran out. */
  | { readonly is: 'abandon' }

export type ElectionEffect =
  | { readonly do: 'get'; readonly request: number }
  | {
      readonly do: 'write'
      readonly request: number
      /** null: create. */
      readonly resourceVersion: string | null
      readonly holder: string
      readonly leaseMs: Ms
      readonly transitions: number
      readonly acquired: boolean
    }
  | { readonly do: 'leading'; readonly fence: Fence }
  | { readonly do: 'lost' }
  | { readonly do: 'released' }

export interface ElectionContext {
  readonly policy: ElectionPolicy
  readonly now: Ms
  readonly random: Random
}

export function newElectionState(identity: string, now: Ms): ElectionState {
  return {
    identity,
    phase: 'candidate',
    request: 0,
    waiting: false,
    sentAt: 0,
    seen: null,
    seenAt: now,
    believeUntil: 0,
    fence: null,
    nextAt: now,
    look: true,
    wakeAt: now,
  }
}
