/** What whoever starts a caller gets in hand. */
import type { Ms } from '#runtime/media/format.ts'
import type { CallerEvent } from './events.ts'
import type { Speech } from './mouth.ts'
import type { Recording } from './recording.ts'

export interface CallerResult {
  /** Answered, ended in an orderly way, and all that was expected came true. */
  readonly ok: boolean
  readonly answered: boolean
  readonly ended: Extract<CallerEvent, { type: 'ended' }>
  readonly failed: readonly string[]
  /** Milliseconds to silence, one per barge-in. */
  readonly bargeIns: readonly Ms[]
  readonly packets: {
    readonly sent: number
    readonly received: number
    readonly lostOut: number
    readonly lostIn: number
  }
}

export interface Caller {
  readonly events: readonly CallerEvent[]
  /** Events from now on; those before are in `events`. */
  onEvent(listener: (event: CallerEvent) => void): void
  readonly done: Promise<CallerResult>
  /** Null before media flows. */
  recording(): Recording | null
  /** Stereo PCM16 at 8 kHz: caller left, agent right. */
  wav(): Buffer
  say(what: string | Speech): void
  press(digits: string): void
  hangUp(): void
}
