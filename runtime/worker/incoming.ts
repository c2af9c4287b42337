/** A call that has come and its way in: what every kind of leg brings, in one form, so that the calls of a worker know of none in particular. */
import type { RecordEntry } from '#runtime/call/effects.ts'
import type { EndReason, LegId } from '#runtime/call/ports.ts'
import type { Law, Ms } from '#runtime/media/format.ts'
import type { Found } from './agent-directory.ts'
import type { PlayingLeg } from './leg-playback.ts'

/** The first sign of a call. A SIP INVITE has this form by itself. */
export interface Incoming {
  /** The carrier's own name of the call: SIP Call-ID, Twilio's CallSid. */
  readonly callId: string
  readonly from: { readonly user: string; readonly display: string }
  readonly requestUri: { readonly user: string }
  readonly source: { readonly address: string; readonly transport: string }
  /** The law that was settled; null: the trunk's best. */
  readonly media: { readonly law: Law } | null
  /** W3C trace context of who sent it. */
  readonly traceparent: string | null
  /** By lower-case name: said by a stranger. */
  readonly headers: Readonly<Record<string, readonly string[]>>
}

/** What a leg of a worker can beyond the port of the machine. */
export type WorkerLeg = PlayingLeg & {
  /** Every 20 ms, at the time it was due. */
  tick(now: Ms): void
  /** Of the caller's audio. */
  readonly counts: MediaCounts
}

export interface MediaCounts {
  readonly lost: number
  readonly late: number
  readonly jitterMs: Ms
}
export const NO_MEDIA: MediaCounts = { lost: 0, late: 0, jitterMs: 0 }

/** Why a call is not taken. */
export type Refusal = 'no_agent' | 'draining' | 'full' | 'no_media' | 'fault'

/** One call at the door. */
export interface Entry {
  readonly key: LegId
  readonly incoming: Incoming
  /** Telemetry's and the record's name for `incoming.callId`. */
  readonly idName: 'sipCallId' | 'carrierCallId'
  /** The call has a record: adds to it, until it is over and `lingerMs` beyond. */
  begun?(note: (entry: RecordEntry) => void): void
  readonly lingerMs?: Ms
  /** The longest ring that this way in can hold; absent: any. */
  readonly longestRingMs?: Ms
  /** Says no, once, as this way in says it. `found`: the agent that would have answered. */
  refuse(why: Refusal, found: Found | null): void
  /** Makes the leg; null: there is no media to be had. What fails later in what it started is told to `fail`. */
  open(found: Found, fail: (error: unknown) => void): Promise<WorkerLeg | null>
  /** The call is over, or was refused: what the way in held for it is let go. Idempotent. */
  over(): void
}

/** Where a way in brings its calls. */
export interface Door {
  /** `found` answers it, or nobody does. False: it was refused. */
  offer(entry: Entry, found: Found | null): boolean
  /** It ended before it had a leg. */
  early(key: LegId, why: EndReason): void
  /** An error of ours in what the way in does for it. */
  fail(key: LegId, error: unknown): void
}
