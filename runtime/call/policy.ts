/** What the call machine is told of an agent: behaviour of a revision with units resolved. Plain data; made from the revision by the worker. */
import type { Ms } from '#runtime/media/format.ts'
import type { RingbackTone, ToolDeclaration } from './ports.ts'

/** A prompt: a clip plays without a session; a text is spoken by the session, word by word as far as a model obeys. */
export interface PromptPolicy {
  /** A clip known to the worker by this id ('builtin:apology' ships with Switchboard). */
  readonly clip?: string
  readonly text?: string
  readonly interruptible: boolean
  /** These words and no others: without a clip of them the session is not asked to say them. Default: no. */
  readonly verbatim?: boolean
}

/** Said to the caller before anything else, whole. Without `clip` it cannot be: then a call that needs it is not taken. */
export interface DisclosurePolicy {
  readonly name: string
  readonly clip?: string
  /** Rendered to a clip before the call. */
  readonly text?: string
  readonly required: boolean
}

/** How a call ends badly. Before the answer `reject` refuses with a SIP status; after it, `reject` is a hang-up. */
export interface FinalActionPolicy {
  readonly say?: PromptPolicy
  readonly then: { readonly hangUp: true } | { readonly reject: number }
}

/** Somebody a caller may be handed to, as far as this call's trunk and leg can. */
export interface DestinationPolicy {
  readonly name: string
  readonly description?: string
  /** In this order. 'transfer': by the caller's leg, and the call leaves us. 'bridge': a second leg. */
  readonly ways: readonly ('transfer' | 'bridge')[]
  readonly say?: PromptPolicy
  readonly ringMs: Ms
  /** The caller's leg says how 'transfer' went by then, or it went wrong. Default: 30 s. */
  readonly newsMs?: Ms
  readonly ringback: RingbackTone | null
  /** The model's session stays open while a person speaks with the caller. */
  readonly keepSession: boolean
  readonly outcomes: Readonly<Record<'busy' | 'noAnswer' | 'failed' | 'ended', AfterTransfer>>
}

/** What the caller hears; then the agent goes on, or the call ends. */
export interface AfterTransfer {
  readonly say?: PromptPolicy
  readonly hangUp: boolean
}

/** A way to a person whatever the model does. `keys`: '' for none. */
export interface HumanPolicy {
  readonly destination: string
  readonly keys: string
  readonly phrases: readonly string[]
  readonly say?: PromptPolicy
}

export interface ToolPolicy extends ToolDeclaration {
  readonly effect: 'Read' | 'Write'
  readonly timeoutMs: Ms
}

/** Something that sessions may be had of. The first of a policy is the agent's own choice, the others its fallbacks in order. */
export interface ModelPolicy {
  readonly name: string
  readonly provider: string
  /** The vendor's name of the model. */
  readonly model: string
}

export interface CallPolicy {
  /** Absent: one without a name. */
  readonly models?: readonly ModelPolicy[]
  /** A session that is not ready by then is given up, where there is another model to try. Default: `answerWithinMs`. */
  readonly readyWithinMs?: Ms
  /** Something is asked about the call while it rings, before a session is opened. `refuse`: without an answer the call is not taken. */
  readonly context?: { readonly withinMs: Ms; readonly refuse: boolean }
  /** In this order, before the greeting. */
  readonly disclosures?: readonly DisclosurePolicy[]
  readonly greeting?: PromptPolicy
  /** Heard while a tool runs or a session is replaced, when nothing else was for `afterMs`, and `everyMs` after its end again. */
  readonly waiting?: { readonly afterMs: Ms; readonly everyMs: Ms; readonly say: PromptPolicy }
  readonly responses: 'provider' | 'switchboard'
  /** `echoAtLeast` (0..1, default 0.6): from here on the caller's sound counts as our own coming back. */
  readonly bargeIn: { readonly enabled: boolean; readonly minSpeechMs: Ms; readonly echoAtLeast?: number }
  /** Longest wait for a session while ringing, then `unavailable`. */
  readonly answerWithinMs: Ms
  readonly unavailable: FinalActionPolicy
  /** The agent owes audio and none came: retried once after this, then `then`. */
  readonly deadAir: { readonly afterMs: Ms; readonly then: FinalActionPolicy }
  /** The caller says nothing after the agent finished: prompt up to `prompts.length` times, then `then`. */
  readonly silence: {
    readonly afterMs: Ms
    readonly prompts: readonly PromptPolicy[]
    readonly then: FinalActionPolicy
  }
  readonly limits: {
    readonly maxMs: Ms
    readonly maxThen: FinalActionPolicy
    readonly holdMs: Ms
    readonly mediaLostMs: Ms
  }
  /** Digits are gathered and told to the model as text after `gapMs` without another, or at the terminator. */
  readonly dtmf: { readonly enabled: boolean; readonly gapMs: Ms; readonly terminator: string | null }
  readonly tools: readonly ToolPolicy[]
  /** `end_call` is offered to the model; `goodbyeMs` bounds the wait for its last words. */
  readonly endCall: { readonly enabled: boolean; readonly goodbyeMs: Ms }
  readonly destinations?: readonly DestinationPolicy[]
  /** `transfer_call` is offered to the model, for these. */
  readonly transfer?: { readonly to: readonly string[] }
  readonly human?: HumanPolicy
  /** Carried words: how many past turns a reopened session is given. */
  readonly history: { readonly maxTurns: number; readonly maxChars: number }
  /** The declared end of a call that outlives a drain's deadline. Default: hang up. */
  readonly drainEnd?: FinalActionPolicy
  /** Whether words may enter the record. Default: no. The machine keeps them in memory for `history` either way. */
  readonly transcripts?: boolean
  /** A lost session is reopened up to `tries` times in a row, `backoffMs`, twice that, … apart. Default: 3, 250 ms. */
  readonly reopen?: { readonly tries: number; readonly backoffMs: Ms }
}
