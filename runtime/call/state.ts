/** A call as a plain value: it survives JSON, so that it can move to another pod. Absent means never `undefined`. */
import type { Ms } from '#runtime/media/format.ts'
import type { CallEffect } from './effects.ts'
import type { SessionSlot } from './events.ts'
import type { CallPolicy, FinalActionPolicy } from './policy.ts'
import type { CommandId, EndReason, LegId } from './ports.ts'
import type { Timers } from './timers.ts'

/**
 * new → ringing → answering (answer sent) → live → ending (last words) → closing (hang-up sent) → over (freed). From live to away (being handed to
 * somebody, or with them) and back.
 */
export type Phase = 'new' | 'ringing' | 'answering' | 'live' | 'away' | 'ending' | 'closing' | 'over'

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

export interface CallState {
  readonly v: 1
  readonly id: string
  /** What was learnt while it rang may change its words, once. */
  policy: CallPolicy
  phase: Phase
  readonly createdAt: Ms
  offeredAt: Ms
  answeredAt: Ms | null
  /** Since when what is known of the caller is asked for. */
  askedAt: Ms | null
  /** When to send 'wake'; null: never. */
  wakeAt: Ms | null
  timers: Timers
  /** Counter behind command ids, turns, history entries and prompts. */
  seq: number
  caller: LegId
  legs: Record<LegId, LegState>

  sessions: { [slot in SessionSlot]?: SessionState }
  models: Models
  reopens: number
  /** A response is owed as soon as there is a session again. */
  respondAfterReopen: boolean
  /** The current session asked to be rolled over. */
  rollover: boolean
  /** Number of the last thing that the latest handle of a session holds; -1: there is none. */
  heldUpTo: number

  response: OpenResponse | null
  closedAt: Ms
  /** The server may make a response by itself until then: ours wait. */
  serverUntil: Ms
  wishes: { reply: Wish | null; say: Wish | null }
  /** Responses whose audio is dropped, newest last; bounded. */
  deadResponses: string[]
  /** Items that a dead response announced after the flush; bounded. */
  deadItems: string[]
  /** Cancels that came too late: the session has yet to say so, and says not of which. */
  lateCancels: number

  items: AgentItem[]
  /** When the last item was played or dropped. */
  quietAt: Ms

  speech: Speech | null
  /** A response that the server makes until then answers what was no speech. */
  disownUntil: Ms
  callerTurns: CallerTurn[]
  /** End of the caller's last turn, until answered by sound: for the turn gap. */
  gapFrom: Ms | null
  toolFrom: Ms | null

  /** The agent owes audio: of a response that started at `from` or later; nothing was heard since `since`, since `silentFrom` over retries. */
  owed: { since: Ms; readonly from: Ms; silentFrom: Ms | null } | null
  misses: number

  /** The agent's first words are due, with what must be said before them. */
  greeted: boolean
  /** The agent's turn has come. */
  opened: boolean
  /** How many of the policy's disclosures are over. */
  disclosed: number
  /** The session is to make no response by itself: something must be said before it. */
  hushed: boolean
  /** The caller asked for a person while disclosures were heard. */
  wantsPerson: boolean
  /** A waiting sound was heard in the present wait. */
  waited: boolean
  silences: number
  digits: string
  tools: ToolRun[]
  /** Outputs of tools that the session may not have yet; bounded. */
  outputs: { readonly call: string; readonly at: Ms }[]
  /** Responses of which an output was sent, and whose others are waited for before the next response. */
  batches: string[]
  /** end_call or transfer_call was called: the last words are played out first. */
  goodbye: { readonly call: string; readonly session: number; readonly transfer?: string } | null
  transfer: TransferState | null
  history: HistoryEntry[]
  /** What a drain declared for calls that outlive it; null: as the policy says. */
  drainEnd: FinalActionPolicy | null
  ending: Ending | null
}

/** One step: state, clock and where effects go. */
export interface Step {
  readonly call: CallState
  readonly now: Ms
  readonly out: CallEffect[]
}

export interface CallIds {
  readonly call: string
  /** The caller's leg. */
  readonly leg: LegId
}

/** A new call, not yet offered. `now` is on the clock that `step` will be given. */
export function createCall(policy: CallPolicy, ids: CallIds, now: Ms): CallState {
  return {
    v: 1,
    id: ids.call,
    policy,
    phase: 'new',
    createdAt: now,
    offeredAt: now,
    answeredAt: null,
    askedAt: null,
    wakeAt: null,
    timers: {},
    seq: 0,
    caller: ids.leg,
    legs: { [ids.leg]: { open: true, answered: false, media: false, held: false, paused: false } },
    sessions: {},
    models: { at: 0, tried: [], refused: [], resting: [], anyway: false },
    reopens: 0,
    respondAfterReopen: false,
    heldUpTo: -1,
    rollover: false,
    response: null,
    closedAt: now,
    serverUntil: now,
    wishes: { reply: null, say: null },
    deadResponses: [],
    deadItems: [],
    lateCancels: 0,
    items: [],
    quietAt: now - 60_000,
    speech: null,
    disownUntil: now,
    callerTurns: [],
    gapFrom: null,
    toolFrom: null,
    owed: null,
    misses: 0,
    greeted: false,
    opened: false,
    disclosed: 0,
    hushed: (policy.disclosures ?? []).length > 0,
    wantsPerson: false,
    waited: false,
    silences: 0,
    digits: '',
    tools: [],
    outputs: [],
    batches: [],
    goodbye: null,
    transfer: null,
    history: [],
    drainEnd: null,
    ending: null,
  }
}

/** The leg that the caller is on. It exists from createCall on. */
export function callerLeg(call: CallState): LegState {
  const leg = call.legs[call.caller]
  if (leg === undefined) throw new TypeError('a call has a caller')
  return leg
}

/** Whether the main session can be spoken to. */
export function sessionReady(call: CallState): boolean {
  return call.sessions.main?.ready === true
}
