/** The control state of one OpenAI Realtime session: a plain value, changed in place by the core, never by the shell. */
import type { RealtimeAudioInputTurnDetection, RealtimeClientEvent } from 'openai/resources/realtime/realtime'
import type { SessionConfig, SessionEvent, Turn } from '#runtime/call/ports.ts'
import { type AudioFormat, type Ms, msOf } from '#runtime/media/format.ts'
import { turnDetectionOf } from './session-update.ts'

/** A response the server has begun and not yet finished. */
export interface OpenResponse {
  readonly items: string[]
  toolCalls: number
  /** We asked for its end: audio that still arrives belongs to nobody. */
  cancelled: boolean
}

/** An assistant message item. Remembered after its response, because truncation comes when the caller interrupts. */
export interface AgentItem {
  readonly response: string
  /** It has an audio part: only such items may be truncated. */
  audio: boolean
  /** Bytes of audio received. */
  bytes: number
  done: boolean
  /** Words or sound came: the item is not empty. */
  spoke: boolean
  /** Its final transcript has been told. */
  told: boolean
}

export interface OpenAIState {
  phase: 'connecting' | 'configuring' | 'ready' | 'closed'
  readonly config: SessionConfig
  /** Used up when the session is configured. */
  history: readonly Turn[]
  readonly format: AudioFormat
  readonly turnDetection: RealtimeAudioInputTurnDetection
  /** Number of the next client event. */
  seq: number
  /** A `session.update` is unanswered: `session.updated` names no event, so there is never a second one. */
  updating: boolean
  readonly autoRespond: { wanted: boolean; sent: boolean }
  readonly responses: Record<string, OpenResponse>
  readonly items: Record<string, AgentItem>
  readonly itemOrder: string[]
  /** Function calls already told, newest last. */
  readonly calls: string[]
  /** Server events skipped, by type ('?' for types this version does not know, and for malformed ones). */
  readonly skipped: Record<string, number>
}

/** What the core wants done, in order: events for the listeners, then client events for the socket. */
export interface Out {
  readonly events: SessionEvent[]
  readonly send: RealtimeClientEvent[]
}

/** An item older than this many others can no longer be in anyone's playout. */
const ITEMS = 128
const CALLS = 256

export function createState(config: SessionConfig, history: readonly Turn[]): OpenAIState {
  const auto = config.responses === 'provider'
  return {
    phase: 'connecting',
    config,
    history,
    format: config.format,
    turnDetection: turnDetectionOf(config, auto),
    seq: 0,
    updating: false,
    autoRespond: { wanted: auto, sent: auto },
    responses: byId(),
    items: byId(),
    itemOrder: [],
    calls: [],
    skipped: {},
  }
}

/** Ids are of the provider's making: one named `__proto__` must find nothing, and change nothing. */
function byId<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}

/** Milliseconds of an item's audio that have arrived, not rounded. */
export function receivedMs(state: OpenAIState, item: AgentItem): Ms {
  return msOf(state.format, item.bytes)
}

export function itemOf(state: OpenAIState, response: string, item: string): AgentItem {
  const known = state.items[item]
  if (known !== undefined) return known
  const made: AgentItem = { response, audio: false, bytes: 0, done: false, spoke: false, told: false }
  state.items[item] = made
  state.itemOrder.push(item)
  if (state.itemOrder.length > ITEMS) {
    const oldest = state.itemOrder.shift()
    if (oldest !== undefined) delete state.items[oldest]
  }
  state.responses[response]?.items.push(item)
  return made
}

/** Remembers a function call. False: it was told before. */
export function rememberCall(state: OpenAIState, call: string): boolean {
  if (state.calls.includes(call)) return false
  state.calls.push(call)
  if (state.calls.length > CALLS) state.calls.shift()
  return true
}

export function skip(state: OpenAIState, type: string): void {
  state.skipped[type] = (state.skipped[type] ?? 0) + 1
}
