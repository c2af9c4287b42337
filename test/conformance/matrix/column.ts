/** A column of the matrix: one scenario, the same for every caller and every provider, and who says whether it went as it must. */
import type { ScriptInput } from '#simulators/realtime/script.ts'
import type { HeardCall, PhoneLine, Reached } from '#test/phones/line.ts'
import type { Heard } from './heard.ts'
import type { ProviderName, Seen } from './seen.ts'

export type CallerName = 'Sip' | 'MediaStream'

export interface Around {
  readonly caller: CallerName
  readonly provider: ProviderName
  /** Where the tool of the agent's is. */
  readonly toolURL: string
  /** Its trunk, by name. */
  readonly trunk: string
  /** The number of whom it is handed to. */
  readonly desk: string
  /** What renders texts to sound. */
  readonly speechURL: string
}

/** All that is known of one call. */
export interface Evidence {
  readonly caller: CallerName
  readonly provider: ProviderName
  readonly call: HeardCall
  readonly seen: Seen
  /** Items of the agent, in the order in which they were made. */
  readonly items: readonly Heard[]
  /** Bodies of the requests at the tool. */
  readonly toolRequests: readonly string[]
  /** Texts that were rendered ahead of calls. */
  readonly rendered: readonly Heard[]
  /** The number of whom the call was to be handed to. */
  readonly desk: string
  readonly people: readonly Reached[]
}

export interface Verdict {
  /** What is not as it must be. */
  readonly faults: readonly string[]
  /** What was measured, in a word or two. */
  readonly says: string
  /** From the provider's word that the caller speaks to the last sound, per interruption. */
  readonly silenceMs?: readonly number[]
  /** From the caller's first sound to the last of the agent, per interruption. */
  readonly mouthMs?: readonly number[]
  /** Told minus heard. */
  readonly errorsMs?: readonly number[]
}

export interface Column {
  readonly name: string
  /** Over the agent's spec. */
  agent?(around: Around): Readonly<Record<string, unknown>>
  readonly script: ScriptInput
  /** From the answer on; whoever returns has it hung up. */
  talk(line: PhoneLine): Promise<void>
  judge(evidence: Evidence): Verdict
}
