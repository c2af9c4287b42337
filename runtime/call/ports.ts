/**
 * The ports of the call machine: what it needs of a leg and of a session. Adapters live in runtime/legs and runtime/sessions.
 * Results of commands are events that carry the command's id; nothing here throws or awaits.
 */
import type { AudioFormat, Ms } from '#runtime/media/format.ts'
import type { Playout } from '#runtime/media/playout-port.ts'

export type LegId = string
export type CommandId = string

/** Why something ended. `code` is stable and goes to record, trace, metrics; `detail` is for people and carries no caller content. */
export interface EndReason {
  readonly code: EndCode
  readonly by: 'caller' | 'agent' | 'switchboard' | 'operator' | 'provider' | 'person'
  readonly detail?: string
}
export type EndCode =
  | 'hangup' // BYE by the caller, or end_call by the agent
  | 'cancelled' // the caller gave up while ringing
  | 'rejected' // we refused before the answer
  | 'unavailable' // no session in time, or none to be had again
  | 'dead_air' // responses failed or stayed empty
  | 'silence' // the caller said nothing, policy gave up
  | 'limit' // limits.call.max
  | 'hold' // held longer than limits.hold
  | 'media_lost' // no RTP from the caller for too long
  | 'signalling' // the dialog broke (ACK missing, transaction timeout, protocol error)
  | 'drain' // the drain's deadline
  | 'transferred' // somebody else has the call
  | 'transfer_failed' // nobody could be reached, and the agent declares the end of the call then
  | 'fault' // an error of ours

export interface LegCapabilities {
  readonly heard: 'rtp' | 'mark' | 'provider'
  readonly dtmf: boolean
  readonly hold: boolean
  readonly transfer: 'refer' | 'rest' | 'bridge' | 'none'
}

export type LegEvent =
  | { readonly type: 'answered' } // ACK seen (or media early enough): audio may flow
  | { readonly type: 'media' } // first frame from the caller
  | { readonly type: 'digit'; readonly digit: string; readonly ms: Ms }
  | { readonly type: 'held'; readonly held: boolean }
  | { readonly type: 'silent'; readonly forMs: Ms } // a silent line: no packets at all from the caller
  | { readonly type: 'resumed' } // packets again after 'silent'
  | { readonly type: 'quality'; readonly quality: Quality }
  /** Of a leg that we called. `early`: the far end's own sound comes from now on. */
  | { readonly type: 'ringing'; readonly early: boolean }
  /** Of a leg that we called: nobody will answer. 'ended' follows. */
  | { readonly type: 'unanswered'; readonly outcome: 'busy' | 'noAnswer' | 'failed' }
  /** Our 'transfer' is under way: somebody is being called. */
  | { readonly type: 'transferring'; readonly id: CommandId }
  /** Result of 'transfer'. done: somebody else has the call, and it is hung up here. refused: this peer does not do it; others might. */
  | {
      readonly type: 'transferred'
      readonly id: CommandId
      readonly outcome: 'done' | 'busy' | 'noAnswer' | 'failed' | 'refused'
    }
  | { readonly type: 'done'; readonly id: CommandId; readonly ok: boolean; readonly code?: string }
  | { readonly type: 'ended'; readonly why: EndReason } // once, last

export interface Quality {
  /** Fraction 0..1, as the receiver of this direction counted (ours for `in`, the peer's RTCP RR for `out`). */
  readonly lossIn: number
  readonly lossOut: number | null
  readonly jitterInMs: Ms
  readonly jitterOutMs: Ms | null
  readonly roundTripMs: Ms | null
  /** E-model (ITU-T G.107 simplified) mean opinion score 1..4.5. */
  readonly mos: number
}

export type LegCommand =
  | { readonly do: 'ring'; readonly id: CommandId }
  | { readonly do: 'answer'; readonly id: CommandId }
  | {
      readonly do: 'reject'
      readonly id: CommandId
      readonly status: number
      readonly reason: string
      readonly retryAfterS?: number
    }
  | { readonly do: 'hangUp'; readonly id: CommandId; readonly why: EndReason }
  | { readonly do: 'sendDigits'; readonly id: CommandId; readonly digits: string }
  | { readonly do: 'hold'; readonly id: CommandId; readonly held: boolean }
  /**
   * Hands the call over to a destination of the agent, by name, so that its media leaves us: REFER, or the carrier's REST. 'transferred' follows;
   * how long it is waited for is the machine's. Only where `can.transfer` is 'refer' or 'rest'.
   */
  | { readonly do: 'transfer'; readonly id: CommandId; readonly destination: string }
  /** The caller of a 'transfer' that was given up is wanted here again. A leg that has never let the caller go has nothing to do. */
  | { readonly do: 'recall'; readonly id: CommandId }

/** What a caller hears while somebody's phone rings, by country. */
export type RingbackTone = 'Us' | 'Uk' | 'Eu'

export interface Leg {
  readonly id: LegId
  readonly can: LegCapabilities
  /** The format of frames in and out at this seam: fixed when the session opens; the leg converts from and to the wire's law. */
  readonly format: AudioFormat
  readonly playout: Playout | null
  /** Hot: 20 ms frames, continuous; a reused view, copy it or lose it. `at` is when the frame left the reorder buffer. */
  onFrame(listener: (frame: Uint8Array, at: Ms) => void): void
  onEvent(listener: (event: LegEvent) => void): void
  perform(command: LegCommand): void
  /** Idempotent. Emits 'ended' once if it has not. */
  close(why: EndReason): void
}

export interface SessionCapabilities {
  readonly formats: readonly AudioFormat[]
  /** False: a response that is cancelled ends here, and the server goes on until the caller or another message interrupts it. */
  readonly cancel: boolean
  /** False: the model remembers all that was sent, heard or not. */
  readonly truncate: boolean
  /** Who may find the caller's turns: the server, or the call machine by the command 'turn' (`responses: 'switchboard'`). */
  readonly turns: readonly ('server' | 'client')[]
  /** It tells handles by which another session goes on where this one was ('resumable'). */
  readonly resume: boolean
  readonly seed: boolean
  /** The vendor ends a session after this long; null: not known. */
  readonly maxMs: Ms | null
}

/** A finished turn, carried across sessions as text. */
export interface Turn {
  readonly role: 'caller' | 'agent' | 'system'
  readonly text: string
}

export interface ToolDeclaration {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Record<string, unknown>
}

export type SessionEvent =
  | { readonly type: 'ready' } // configured and usable
  /** Server VAD. `audioMs`: of the input audio of this session (0: not told). `item`: the caller's item that it will become, when told. */
  | { readonly type: 'speech'; readonly started: boolean; readonly audioMs: Ms; readonly item?: string }
  | { readonly type: 'responseStarted'; readonly response: string }
  /** `item` begins: audio of it may follow through onAudio. */
  | { readonly type: 'item'; readonly response: string; readonly item: string }
  /** The session will send no more audio of `item`. */
  | { readonly type: 'itemDone'; readonly item: string }
  | {
      readonly type: 'responseDone'
      readonly response: string
      readonly status: 'completed' | 'cancelled' | 'failed' | 'incomplete'
      readonly code?: string // vendor's reason or error code
      readonly items: number // message items with audio or text
      readonly toolCalls: number
      readonly usage?: unknown // raw, as the vendor sent it
    }
  /** Not final: a piece to append. Final: the whole text. */
  | {
      readonly type: 'transcript'
      readonly role: 'caller' | 'agent'
      readonly item: string
      readonly text: string
      readonly final: boolean
    }
  | {
      readonly type: 'toolCall'
      readonly call: string
      readonly name: string
      readonly args: string
      readonly response: string
    }
  | { readonly type: 'toolCancelled'; readonly call: string }
  /** The server has stopped by itself, for it heard the caller: what is left of its words is not wanted any more. */
  | { readonly type: 'interrupted' }
  /** Another session may go on where this one is: what `open` takes as `resume`. It holds the conversation up to here. */
  | { readonly type: 'resumable'; readonly handle: string }
  /** The output of a tool is in the conversation: responses that start from here on have seen it. */
  | { readonly type: 'toolTaken'; readonly call: string }
  | { readonly type: 'usage'; readonly kind: string; readonly usage: unknown }
  | { readonly type: 'limits'; readonly remaining: Readonly<Record<string, number>>; readonly resetMs: Ms }
  | { readonly type: 'expiring'; readonly inMs: Ms } // roll over soon, in a silence
  /** A recoverable error; `command` is the kind of command it answers, when known. */
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly command?: SessionCommand['do'] }
  /** Last. `retry`: whether a new session may help. */
  | { readonly type: 'closed'; readonly code: string; readonly retry: boolean; readonly message?: string }

export type SessionCommand =
  /**
   * Create a response. `instructions` override for this one; `say`: text the model must speak as it stands; `tools: false`: no tool call in it;
   * `interruptible: false`: a server that interrupts by itself must not hear the caller until it is made.
   */
  | {
      readonly do: 'respond'
      readonly instructions?: string
      readonly say?: string
      readonly tools?: boolean
      readonly interruptible?: boolean
    }
  /** The caller has the floor, or has given it up. For sessions that find no turns by themselves; others ignore it. */
  | { readonly do: 'turn'; readonly started: boolean }
  | { readonly do: 'cancel'; readonly response: string }
  | { readonly do: 'truncate'; readonly item: string; readonly heardMs: Ms }
  /** Something the model should know as text (keys pressed, a system note). No response is created. */
  | { readonly do: 'tell'; readonly role: 'caller' | 'system'; readonly text: string }
  | { readonly do: 'toolResult'; readonly call: string; readonly output: string }
  | { readonly do: 'clearInput' }
  /** Whether the server creates responses by itself at the end of a caller's turn. */
  | { readonly do: 'autoRespond'; readonly on: boolean }

/** What a session is opened with. Secrets are handed to the adapter's factory, never through the machine. */
export interface SessionConfig {
  readonly model: string
  readonly instructions: string
  readonly tools: readonly ToolDeclaration[]
  readonly format: AudioFormat
  /** 'provider': the server creates a response at the end of each caller turn. 'switchboard': we send the create. */
  readonly responses: 'provider' | 'switchboard'
  /** The caller's words are needed as text, whatever the vendor member says: they may ask for a person. */
  readonly callerWords?: boolean
  /** False: the caller may never interrupt the agent. Default: yes. */
  readonly bargeIn?: boolean
  /** Vendor member of the revision's model (voice, turnDetection, transcription, extra …), as in the CRD. */
  readonly vendor: Readonly<Record<string, unknown>>
  /** Sent with the session where the vendor has a place for it; the call's trace id for joins. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Where another session was: what it told by 'resumable', and the turns since then, which no handle holds. */
export interface Resume {
  readonly handle: string
  readonly since: readonly Turn[]
  /** What that session was to be told, and was not yet (its `untold`). */
  readonly untold?: readonly string[]
}

export interface Session {
  readonly can: SessionCapabilities
  /** Notes that wait for something with which they can be told, oldest first; also of one that is closed. */
  readonly untold: readonly string[]
  open(config: SessionConfig, history: readonly Turn[], resume?: Resume): void
  /** Hot: one 20 ms frame; copied or sent before it returns. */
  append(frame: Uint8Array): void
  send(command: SessionCommand): void
  /** Idempotent; 'closed' follows once. */
  close(): void
  /**
   * Generations: the session numbers responses upwards, so that late audio of a flushed generation can be told.
   * `audio` is a reused view: copy it or lose it.
   */
  onAudio(listener: (response: string, item: string, audio: Uint8Array) => void): void
  onEvent(listener: (event: SessionEvent) => void): void
}
