/** The control state of one Gemini Live session: a plain value, changed in place by the core, never by the shell. */
import type { LiveClientMessage } from '@google/genai'
import type { Resume, SessionConfig, SessionEvent, Turn } from '#runtime/call/ports.ts'
import { tellsTurns } from './setup.ts'

/** What the vendor has no name for: its stream of content between two boundaries, as the call machine counts responses. */
export interface Response {
  readonly id: string
  /** Its only item: made with its first sound or words. */
  item: AgentItem | null
  toolCalls: number
  /** Told as over: what still comes of it belongs to nobody. */
  over: boolean
  /** No sound of the caller may end it. */
  readonly guarded: boolean
}

/** Remembered after its response: words come late, and what was heard of it is told later still. */
export interface AgentItem {
  readonly id: string
  /** Samples at 24 kHz that came. */
  samples: number
  text: string
  done: boolean
  /** Its final words have been told. */
  told: boolean
}

export interface GeminiState {
  phase: 'connecting' | 'configuring' | 'ready' | 'closed'
  readonly config: SessionConfig
  readonly resume: string | undefined
  /** Used up when the session is configured. */
  history: readonly Turn[]
  /** Of a session that was resumed: what its handle does not hold. Used up when it is configured. */
  since: readonly Turn[]
  /** Makes ids that no other session of the call has. */
  readonly prefix: string
  seq: number
  /** The caller's turns are told by us. */
  readonly tellsTurns: boolean

  /**
   * The server's turn: from its first content to its end. `generating` false: its end is known, but not told yet; what comes is of another.
   * `ours`: it ends because of what we sent.
   */
  turn: { response: Response | null; generating: boolean; ours: boolean } | null
  /** Asked for and told, and nothing of it has come. */
  pending: Response | null
  /** The server will speak by itself: it was told something that it answers. */
  owed: boolean
  /** The next turn answers what was withdrawn. */
  unwanted: boolean
  items: AgentItem[]
  /** Calls to be answered, by id. */
  readonly calls: Map<string, { readonly name: string; readonly batch: number }>
  readonly answers: { readonly id: string; readonly batch: number; readonly name: string; readonly output: string }[]
  /** To be told with what is sent next: the API has no message that does not make the model speak. */
  notes: string[]
  /** What the caller did that waits to be answered. */
  said: string[]
  /** The server does not know all that we know: a handle of now would lose it. */
  behind: boolean
  /** The caller makes a sound, as far as was told. */
  hearing: boolean
  /** The caller's stretches of sound, and words of the latest. */
  heardN: number
  words: string
  /** Nothing of the caller goes to the model any more. */
  muted: boolean
  /** Between activityStart and activityEnd. */
  floor: boolean
  readonly skipped: Record<string, number>
}

/** Sound of an item as it came, between the events: the shell decodes it. */
export interface SoundEvent {
  readonly type: 'sound'
  readonly response: string
  readonly item: string
  /** Base64. */
  readonly data: string
  readonly mimeType: string
}

/** What the core wants done, in order: events for the listeners, then messages for the socket. */
export interface Out {
  readonly events: (SessionEvent | SoundEvent)[]
  readonly send: LiveClientMessage[]
}

const ITEMS = 32

export function createState(
  config: SessionConfig,
  history: readonly Turn[],
  resume: Resume | undefined,
  prefix: string,
): GeminiState {
  return {
    phase: 'connecting',
    config,
    resume: resume?.handle,
    since: resume?.since ?? [],
    history: resume === undefined ? history.filter(turn => turn.text.trim() !== '') : [],
    prefix,
    seq: 0,
    tellsTurns: tellsTurns(config),
    turn: null,
    pending: null,
    owed: false,
    unwanted: false,
    items: [],
    calls: new Map(),
    answers: [],
    notes: resume === undefined ? [] : newNotes(resume),
    said: [],
    behind: false,
    hearing: false,
    heardN: 0,
    words: '',
    muted: false,
    floor: false,
    skipped: {},
  }
}

/** What is told as a turn need not be told as a note. */
function newNotes({ since, untold = [] }: Resume): string[] {
  const told = since.flatMap(({ role, text }) =>
    role === 'agent' ? `You said: ${text}` : role === 'system' ? text : [],
  )
  return untold.filter(text => !told.includes(text))
}

export function newResponse(state: GeminiState, guarded: boolean): Response {
  state.seq += 1
  return { id: `${state.prefix}-r${state.seq}`, item: null, toolCalls: 0, over: false, guarded }
}

/** A response that the listeners believe to be open. */
export function openResponse(state: GeminiState): Response | null {
  const { turn, pending } = state
  if (pending !== null) return pending
  return turn?.response?.over === false ? turn.response : null
}

export function newItem(state: GeminiState, response: Response): AgentItem {
  const item: AgentItem = { id: `${response.id}-i`, samples: 0, text: '', done: false, told: false }
  state.items.push(item)
  if (state.items.length > ITEMS) state.items.shift()
  return item
}

export function callerItem(state: GeminiState): string {
  return `${state.prefix}-in${state.heardN}`
}

export function skip(state: GeminiState, what: string): void {
  state.skipped[what] = (state.skipped[what] ?? 0) + 1
}
