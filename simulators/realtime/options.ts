import type { FaultInput } from './faults.ts'
import type { Script, ScriptInput } from './script.ts'
import type { SpeechKind } from './utterance.ts'

/** How the model's output comes. */
export interface Pace {
  /** From `response.created` to the first output. */
  readonly latencyMs: number
  /** Times real time, after the head start. Measured deployments: 3.2 to 5 s of audio in the first second. */
  readonly speed: number
  /** Audio sent at once. */
  readonly headStartMs: number
  /** Audio in one delta. */
  readonly deltaMs: number
}

export const DEFAULT_PACE: Pace = { latencyMs: 250, speed: 4, headStartMs: 1000, deltaMs: 100 }

export interface SimulatorOptions {
  /** 0 (default): a free one. */
  readonly port?: number
  readonly host?: string
  /** A script, or the path of one in YAML. Default: greets, answers, thanks for keys. */
  readonly script?: Script | ScriptInput | string
  readonly speech?: SpeechKind
  /** Items are numbered from here on: two simulators that are heard in one call are told apart by it. Default 1. */
  readonly firstMark?: number
  readonly pace?: Partial<Pace>
  readonly faults?: readonly FaultInput[]
  /** API keys answered with 401. Any other non-empty key is good. */
  readonly badKeys?: readonly string[]
  /** How long a session may last; the vendor's is 60 minutes. */
  readonly sessionMs?: number
  /** Delay of the input transcript after its commit. */
  readonly transcriptionMs?: number
  readonly rateLimits?: { readonly requests: number; readonly tokens: number }
  /** Serves wss:// instead of ws://. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer }
  /** Entries kept in the event log (100,000). */
  readonly logLimit?: number
}

/** Options with every default. */
export interface Settings {
  readonly script: Script
  readonly speech: SpeechKind
  readonly pace: Pace
  readonly badKeys: ReadonlySet<string>
  readonly sessionMs: number
  readonly transcriptionMs: number
  readonly rateLimits: { readonly requests: number; readonly tokens: number }
}

/** The vendor's limit. */
export const SESSION_MS = 3_600_000
export const DEFAULT_RATE_LIMITS = { requests: 10_000, tokens: 2_000_000 }
