/** What happens to a call: the only input of `step`. */
import type { Ms } from '#runtime/media/format.ts'
import type { Heard } from '#runtime/media/playout-port.ts'
import type { CallPolicy, FinalActionPolicy } from './policy.ts'
import type { LegEvent, LegId, SessionEvent } from './ports.ts'

export type SessionSlot = 'main' | 'next'

export type CallEvent =
  /** First sign of a call: a slot is reserved, nothing has been answered. */
  | { readonly type: 'offered'; readonly leg: LegId }
  | { readonly type: 'leg'; readonly leg: LegId; readonly event: LegEvent }
  /**
   * `quietMs`: with the end of a caller's speech, for how long the line has been quiet by our own ear (absent: not known). A provider dates the end of
   * speech after the silence that proved it.
   */
  | { readonly type: 'session'; readonly slot: SessionSlot; readonly event: SessionEvent; readonly quietMs?: Ms }
  /** Answer to a 'flush' effect, in the same turn. Also sent once, unasked, right before a leg's 'ended': what the caller heard last. */
  | { readonly type: 'heard'; readonly leg: LegId; readonly items: readonly Heard[] }
  /**
   * The playout ran empty: what had been appended was heard. Sent again when an item is completed while the playout is empty, so that each
   * item is reported once with `complete: true`. Items that were not complete yet may be among them.
   */
  | { readonly type: 'played'; readonly leg: LegId; readonly items: readonly Heard[] }
  /** First audio of an item left for the caller; again, when it goes on after the playout had run empty in the middle of it. */
  | { readonly type: 'audible'; readonly leg: LegId; readonly item: string }
  /**
   * Answer to a 'judge' effect, in the same turn: how much of the caller's sound is our own coming back (0..1), and for how long the caller
   * has been making sound by our own detector: a server's VAD reports the end of a cough half a second late. null: there is no detector.
   */
  | {
      readonly type: 'judged'
      readonly leg: LegId
      readonly echo: number
      readonly speechMs: Ms | null
      /** For how long the line has been quiet by our own ear (absent: not known). */
      readonly quietMs?: Ms
    }
  /** A clip was played, or cut by 'flush', or could not be played (heardMs 0). */
  | {
      readonly type: 'clipDone'
      readonly leg: LegId
      readonly prompt: string
      readonly heardMs?: Ms
      readonly totalMs?: Ms
    }
  | {
      readonly type: 'tool'
      readonly id: string
      readonly ok: boolean
      readonly output: string
      readonly code?: string
      readonly display?: string
    }
  /** Answer to 'askContext'. `policy`: the call's, with the words that it led to. */
  | { readonly type: 'context'; readonly ok: boolean; readonly code?: string; readonly policy?: CallPolicy }
  /** `end`: how a call that outlives the deadline ends, instead of as its policy says. */
  | { readonly type: 'drain'; readonly deadline: Ms; readonly end?: FinalActionPolicy }
  /** An operator (HTTP) asks for the end of this call. */
  | { readonly type: 'hangUp'; readonly by: 'operator' }
  /** `call.wakeAt` has come. */
  | { readonly type: 'wake' }
