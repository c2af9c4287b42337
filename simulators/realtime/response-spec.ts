import type { RealtimeResponseStatus } from 'openai/resources/realtime/realtime'
import type { StoredItem } from './conversation.ts'
import type { WireFormat } from './formats.ts'
import type { Pace } from './options.ts'
import type { Output } from './script.ts'
import type { Usage } from './usage.ts'
import type { SpeechKind } from './utterance.ts'
import type { Outgoing } from './wire.ts'

/** How a response ends, as its `status` and `status_details`. */
export type Ending = Pick<RealtimeResponseStatus, 'reason' | 'error'> & {
  readonly status: 'completed' | 'cancelled' | 'incomplete' | 'failed'
}

export interface ResponseSpec {
  readonly id: string
  /** Null: out of band, nothing of it enters the conversation. */
  readonly conversationId: string | null
  readonly modality: 'audio' | 'text'
  readonly format: WireFormat
  readonly voice: string | { id: string }
  readonly maxOutputTokens: number | 'inf'
  readonly metadata: Record<string, string> | null
  readonly outputs: readonly Output[]
  readonly pace: Pace
  readonly waitMs: number
  readonly speech: SpeechKind
  /** Ends by itself with this once so much audio was generated. */
  readonly endsAfter: { readonly audioMs: number; readonly ending: Ending } | null
}

/** A response that has ended. */
export interface Over {
  readonly spec: ResponseSpec
  readonly audioMs: number
}

export interface ResponseHost {
  emit(event: Outgoing): void
  /** Number of the next item in the watermark. */
  nextMark(): number
  add(item: StoredItem): string | null
  usage(output: { text: number; audio: number }): Usage
  /** The response is over and its `response.done` was sent. */
  over(run: Over, ending: Ending): void
}
