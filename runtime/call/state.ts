/** A call as a plain value: it survives JSON, so that it can move to another pod. Absent means never `undefined`. */
import type { Ms } from '#runtime/media/format.ts'
import type { CallEffect } from './effects.ts'
import type { SessionSlot } from './events.ts'
import type { CallPolicy, FinalActionPolicy } from './policy.ts'
import type { LegId } from './ports.ts'
import type {
  AgentItem,
  CallerTurn,
  Ending,
  HistoryEntry,
  LegState,
  Models,
  OpenResponse,
  SessionState,
  Speech,
  ToolRun,
  TransferState,
  Wish,
} from './state-parts.ts'
import type { Timers } from './timers.ts'

/**
 * new → ringing → answering (answer sent) → live → ending (last words) → closing (hang-up sent) → over (freed). From live to away (being handed to
 * somebody, or with them) and back.
 */
export type Phase = 'new' | 'ringing' | 'answering' | 'live' | 'away' | 'ending' | 'closing' | 'over'

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
