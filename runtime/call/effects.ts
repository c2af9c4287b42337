/** What the machine wants done: pushed into the caller's array, in order; the worker performs them. */
import type { Ms } from '#runtime/media/format.ts'
import type { SessionSlot } from './events.ts'
import type { EndReason, LegCommand, LegId, RingbackTone, SessionCommand, Turn } from './ports.ts'

export type Port = { readonly leg: LegId } | { readonly session: SessionSlot }

export type CallEffect =
  | { readonly do: 'leg'; readonly leg: LegId; readonly command: LegCommand }
  /** Answered by event 'context', or not in time. */
  | { readonly do: 'askContext'; readonly deadline: Ms }
  /** `model`: index into the policy's models. `anyway`: whatever its circuit breaker says; there is no other to turn to. */
  | {
      readonly do: 'openSession'
      readonly slot: SessionSlot
      readonly history: readonly Turn[]
      /** Those of `history` that came after the latest handle ('resumable'). */
      readonly since: readonly Turn[]
      readonly model: number
      readonly anyway: boolean
    }
  | { readonly do: 'session'; readonly slot: SessionSlot; readonly command: SessionCommand }
  /** 'next' has become 'main'; the worker closes the old main if it is still there. From now on the session's events carry slot 'main'. */
  | { readonly do: 'swapSessions' }
  /** The machine is told nothing more of this session: its later events, 'closed' included, are dropped by the worker. */
  /** `failed`: the code of why it is given up, where that is its own fault. */
  | { readonly do: 'closeSession'; readonly slot: SessionSlot; readonly failed?: string }
  /**
   * Audio of this response, queued in the session or still to come, is dropped from now on: it is never appended to the playout.
   * All other audio is appended with `playout.generation`. Comes before the 'flush' of an interruption.
   */
  | { readonly do: 'discard'; readonly slot: SessionSlot; readonly response: string }
  /** The whole routing table of audio from one port: hold, mute, conference and warm transfer are one table. */
  | { readonly do: 'route'; readonly from: Port; readonly to: readonly Port[] }
  /**
   * Calls a destination as this leg, which is new: its events follow, 'ended' last. Where it cannot even be tried, 'unanswered' and 'ended' follow
   * in a later turn.
   */
  | { readonly do: 'dial'; readonly leg: LegId; readonly destination: string }
  /** Loops under everything that this leg hears of the agent; null: no more. */
  | { readonly do: 'tone'; readonly leg: LegId; readonly tone: RingbackTone | null }
  /** Plays a clip by id on the leg as item `prompt`; 'clipDone' follows when heard or cut. */
  | { readonly do: 'play'; readonly leg: LegId; readonly prompt: string; readonly clip: string }
  | { readonly do: 'pause'; readonly leg: LegId }
  | { readonly do: 'resume'; readonly leg: LegId }
  /** Answered in the same turn by event 'heard'. It may end a pause: 'resume' or 'pause' follows when it matters. */
  | { readonly do: 'flush'; readonly leg: LegId }
  /** Answered in the same turn by event 'judged'. */
  | { readonly do: 'judge'; readonly leg: LegId }
  | {
      readonly do: 'tool'
      readonly id: string
      readonly name: string
      readonly args: unknown
      readonly deadline: Ms
      readonly speculative: boolean
    }
  /** The result is not wanted any more (toolCancelled of a Read, end of the call). A Write may finish, unheard. */
  | { readonly do: 'cancelTool'; readonly id: string }
  | { readonly do: 'record'; readonly entry: RecordEntry }
  | { readonly do: 'trace'; readonly mark: TraceMark }
  /** The last effect of a call: everything it held is given back. */
  | { readonly do: 'free'; readonly why: EndReason }

/** One line of what a call leaves behind. `at` is the machine's clock; the ledger adds wall time, call id and `seq`. */
export type RecordEntry =
  | { readonly kind: 'begin' }
  | { readonly kind: 'answered'; readonly afterMs: Ms }
  /** `text` only when data.transcripts allows; `heardMs` of what was sent (`sentMs`) really left for the caller. */
  | {
      readonly kind: 'turn'
      readonly role: 'caller' | 'agent'
      readonly item: string
      readonly startedAt: Ms
      readonly endedAt: Ms
      readonly text?: string
      readonly heardMs?: Ms
      readonly sentMs?: Ms
      readonly interrupted?: boolean
    }
  | {
      readonly kind: 'tool'
      readonly id: string
      readonly name: string
      readonly args: unknown
      readonly ok: boolean
      readonly output: string
      readonly code?: string
      readonly display?: string
      readonly late?: boolean
      readonly ms: Ms
    }
  /** Digits are masked in the record: only their count. */
  | { readonly kind: 'dtmf'; readonly count: number }
  /** What the carrier says of the call, by webhook. Not the machine's. */
  | { readonly kind: 'carrier'; readonly status: string; readonly seconds?: number; readonly code?: string }
  | { readonly kind: 'usage'; readonly source: string; readonly usage: unknown }
  | { readonly kind: 'prompt'; readonly prompt: string; readonly heardMs: Ms; readonly totalMs: Ms }
  /**
   * The proof of a disclosure: how much of it left for the caller. `clip` names its sound: the digest of a recording, or of text and voice.
   * Without one it could not be said, and the agent lets the call go on.
   */
  | {
      readonly kind: 'disclosure'
      readonly name: string
      readonly clip?: string
      readonly heardMs: Ms
      readonly totalMs: Ms
    }
  | {
      readonly kind: 'session'
      readonly what: 'opened' | 'ready' | 'rollover' | 'lost' | 'reopened' | 'closed' | 'fallback'
      /** Why it was lost; with 'fallback', why the one before it was given up. */
      readonly code?: string
      /** Name of the model that the session is of, where there are several. */
      readonly model?: string
    }
  /** An attempt to hand the caller over. `ringMs` until the answer or the end; `talkMs` only where the call stayed with us. */
  | {
      readonly kind: 'transfer'
      readonly destination: string
      readonly by: 'model' | 'keys' | 'words'
      readonly way?: 'transfer' | 'bridge'
      readonly outcome: 'connected' | 'cancelled' | 'busy' | 'noAnswer' | 'failed'
      readonly ringMs: Ms
      readonly talkMs?: Ms
    }
  /** What was asked about the caller while it rang. */
  | { readonly kind: 'context'; readonly ok: boolean; readonly ms: Ms; readonly code?: string }
  | { readonly kind: 'fault'; readonly code: string; readonly detail?: string }
  | { readonly kind: 'end'; readonly why: EndReason }

/** Moments that spans and histograms are made of. Spans still open at 'free' are ended by the worker. Names of spans, attributes and metrics are in `#telemetry/names.ts`. */
export type TraceMark =
  | {
      readonly mark: 'span'
      readonly name: 'session' | 'turn' | 'tool' | 'prompt' | 'transfer'
      readonly key: string
      readonly attributes?: Readonly<Record<string, string | number | boolean>>
    }
  | {
      readonly mark: 'spanEnd'
      readonly name: 'session' | 'turn' | 'tool' | 'prompt' | 'transfer'
      readonly key: string
      readonly error?: string
      readonly attributes?: Readonly<Record<string, string | number | boolean>>
    }
  | {
      readonly mark: 'event'
      readonly name: string
      readonly attributes?: Readonly<Record<string, string | number | boolean>>
    }
  /** A histogram sample. */
  | { readonly mark: 'figure'; readonly name: Figure; readonly value: number }

/** turnGap: caller stopped → agent audible. bargeIn: speech start known → agent silent. firstTool: end of turn → tool called. answer: offered → answered. transfer: asked for → a person answered. */
export type Figure =
  | 'turnGapMs'
  | 'bargeInMs'
  | 'firstToolMs'
  | 'answerMs'
  | 'deadAirMs'
  | 'mos'
  | 'falseBargeIn'
  | 'callMs'
  | 'transferMs'
  | 'fallback'
