/** What the sessions of a simulator share, and what they show of themselves. */
import type { EventLog } from '#simulators/realtime/event-log.ts'
import type { Waits } from './faults.ts'
import type { Handles, Remembered } from './memory.ts'
import type { Setup } from './messages.ts'
import type { Settings } from './options.ts'

export interface World {
  readonly settings: Settings
  readonly log: EventLog
  readonly waits: Waits
  readonly handles: Handles
  nextMark(): number
}

export interface SessionView {
  readonly id: string
  readonly model: string
  /** How the credential came. */
  readonly credential: 'header' | 'query'
  readonly openedAt: number
  readonly open: boolean
  readonly closeCode: number | null
  readonly inputMs: number
  readonly resumed: boolean
  readonly setup: Setup | null
  readonly items: readonly Remembered[]
}
