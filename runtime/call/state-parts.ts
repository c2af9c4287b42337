/** What the state of a call is made of: legs, sessions, responses, items, turns, tools. Plain values, as the whole is. */
import type { Ms } from '#runtime/media/format.ts'
import type { CommandId, EndReason, LegId } from './ports.ts'

export interface LegState {
  /** Commands may still be sent. */
  open: boolean
  answered: boolean
  media: boolean
  held: boolean
  /** Playback is paused, by a possible barge-in or by hold. */
  paused: boolean
}

export interface SessionState {
  /** Number of the session within the call: items and tools of another number are not the current session's. */
  readonly n: number
  readonly openedAt: Ms
  ready: boolean
  /** Since when the caller's audio is routed to it: zero of its `audioMs`. */
  hearingSince: Ms | null
  expiresAt: Ms | null
  /** Number of the last history entry that it was opened with. */
  readonly historyUpTo: number
  /** The call's `heldUpTo` when it was opened: by a handle of before it can go on. */
  readonly heldUpTo: number
  /** Which of the policy's models it is of. */
  readonly model: number
}

/** Which model the call speaks with, and which were of no use in the present trouble. */
export interface Models {
  /** The one in use, or tried. */
  at: number
  /** Failed since the last session that was ready. */
  tried: number[]
  /** Refused us for good: the same question has the same answer. */
  refused: number[]
  /** Not asked since then, for their circuit breaker was open. */
  resting: number[]
  /** No other is left: whatever a breaker says. */
  anyway: boolean
}

/** A response that we want. `say` ones are prompts, all others coalesce. */
export interface Wish {
  /** Tells it from others of its moment. */
  readonly n: number
  /** All that it asks for is in the conversation by itself: the caller's turns, outputs of tools. Not so what was told as text. */
  readonly alone: boolean
  readonly why: 'turn' | 'tool' | 'dtmf' | 'retry' | 'reopened' | 'say'
  readonly at: Ms
  readonly notBefore: Ms
  /** Waits this long after the open response is over: the server may create one by itself. */
  readonly graceMs: Ms
  readonly say?: string
  /** Key of the prompt that is said. */
  readonly prompt?: string
  readonly interruptible: boolean
}

export interface OpenResponse {
  /** null: the create is sent and not yet acknowledged. */
  id: string | null
  by: 'us' | 'server'
  wish: Wish
  startedAt: Ms
  /** It answers the wish, even if the server had made it before it was asked to. */
  answers: boolean
  /** The wish for an answer to the caller that was there when the session told of it, in case that it is one of the server's own. */
  saw: number | null
  /** Something of it was audible. */
  heard: boolean
  /** Not wanted any more: cancelled as soon as it has an id. */
  cancelling: boolean
}

/** Something of the agent that the caller will hear, until it was played or dropped. */
export interface AgentItem {
  readonly id: string
  readonly kind: 'session' | 'clip'
  readonly session: number
  readonly response: string
  readonly prompt?: string
  readonly interruptible: boolean
  /** When its response started (clips: when played). */
  readonly startedAt: Ms
  audibleAt: Ms | null
  /** The session sends no more of it. */
  done: boolean
  /** The playout ran empty before the item was complete: what was heard of it by then. */
  dry: { readonly ms: Ms; readonly totalMs: Ms } | null
  /** A flush is out: its 'heard' has the last word. */
  cut: boolean
}

/** A stretch of the caller's speech, as the session's VAD tells it. */
export interface Speech {
  readonly n: number
  readonly item?: string
  readonly startedAt: Ms
  /** It is the caller speaking to us: not echo, not a cough. */
  proven: boolean
  /** Since when it did not look like echo. */
  clearSince: Ms | null
  pausedAt: Ms | null
}

export interface ToolRun {
  readonly id: string
  readonly name: string
  readonly effect: 'Read' | 'Write'
  readonly session: number
  readonly response: string
  readonly args: unknown
  readonly startedAt: Ms
  readonly deadline: Ms
  /** late: the model was told of the time-out. void: the provider withdrew the call. */
  state: 'running' | 'late' | 'void'
}

/** The caller is being handed to somebody, or is with them. */
export interface TransferState {
  readonly n: number
  readonly destination: string
  readonly by: 'model' | 'keys' | 'words'
  /** The call of the tool that asked for it, and the session that made it. */
  readonly tool: { readonly call: string; readonly session: number } | null
  readonly since: Ms
  stage: 'announcing' | 'transferring' | 'dialling' | 'bridged'
  /** Something of the announcement was heard, or its clip was tried. */
  spoken: boolean
  /** Ways not tried yet, and the present one. */
  ways: ('transfer' | 'bridge')[]
  way: 'transfer' | 'bridge' | null
  triedAt: Ms
  /** Command to the caller's leg that carries it out. */
  command: CommandId | null
  /** The leg that we called. */
  leg: LegId | null
  /** The far end's own sound is heard. */
  early: boolean
  answeredAt: Ms | null
}

export interface HistoryEntry {
  readonly n: number
  /** Number of the last words that came to it. */
  changed: number
  readonly role: 'caller' | 'agent' | 'system'
  item: string | null
  text: string
  final: boolean
  /** Part of it that was heard, 0..1. */
  share: number
}

export interface CallerTurn {
  readonly n: number
  readonly entry: number
  readonly startedAt: Ms
  readonly endedAt: Ms
}

export interface Ending {
  readonly why: EndReason
  /** Something of the last words was heard, or a clip was tried: nothing more to try. */
  spoken: boolean
  stage: 'waiting' | 'saying'
  readonly say: { readonly text?: string; readonly clip?: string } | null
}
