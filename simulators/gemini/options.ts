import type { Pace } from '#simulators/realtime/options.ts'
import type { Script, ScriptInput } from '#simulators/realtime/script.ts'
import type { SpeechKind } from '#simulators/realtime/utterance.ts'

export interface GeminiSimulatorOptions {
  /** 0 (default): a free one. */
  readonly port?: number
  readonly host?: string
  /** As for the Realtime simulator: a script, or the path of one in YAML. */
  readonly script?: Script | ScriptInput | string
  readonly speech?: SpeechKind
  readonly pace?: Partial<Pace>
  /** Keys that are no good. Any other is. */
  readonly badKeys?: readonly string[]
  /** How long a connection may last; the vendor's is about ten minutes. */
  readonly connectionMs?: number
  /** How long before its end `goAway` comes. */
  readonly goAwayMs?: number
  readonly logLimit?: number
}

export interface Settings {
  readonly script: Script
  readonly speech: SpeechKind
  readonly pace: Pace
  readonly badKeys: ReadonlySet<string>
  readonly connectionMs: number
  readonly goAwayMs: number
}

export const CONNECTION_MS = 10 * 60_000
export const GO_AWAY_MS = 60_000
