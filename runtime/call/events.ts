/** What happens to a call: the only input of `step`. */
import type { Ms } from '#runtime/media/format.ts'
import type { Heard } from '#runtime/media/playout-port.ts'
import type { LegEvent, LegId, SessionEvent } from './ports.ts'

export type SessionSlot = 'main' | 'next'

export type CallEvent =
  /** First sign of a call: a slot is reserved, nothing has been answered. */
  | { readonly type: 'offered'; readonly leg: LegId }
  | { readonly type: 'leg'; readonly leg: LegId; readonly event: LegEvent }
  | { readonly type: 'session'; readonly slot: SessionSlot; readonly event: SessionEvent }
  /** Answer to a 'flush' effect, in the same turn. */
  | { readonly type: 'heard'; readonly leg: LegId; readonly items: readonly Heard[] }
  /** The playout ran empty: what had been appended was heard. `items` as in Heard, all complete. */
  | { readonly type: 'played'; readonly leg: LegId; readonly items: readonly Heard[] }
  /** First audio of an item left for the caller. */
  | { readonly type: 'audible'; readonly leg: LegId; readonly item: string }
  /** Answer to a 'judge' effect, in the same turn: how much of the caller's sound is our own coming back (0..1), and speech so far. */
  | { readonly type: 'judged'; readonly leg: LegId; readonly echo: number; readonly speechMs: Ms }
  | { readonly type: 'clipDone'; readonly leg: LegId; readonly prompt: string }
  | { readonly type: 'tool'; readonly id: string; readonly ok: boolean; readonly output: string; readonly code?: string; readonly display?: string }
  | { readonly type: 'drain'; readonly deadline: Ms }
  /** An operator (HTTP) asks for the end of this call. */
  | { readonly type: 'hangUp'; readonly by: 'operator' }
  /** `call.wakeAt` has come. */
  | { readonly type: 'wake' }
