/** What happens in a call, as the caller sees it. `t` is CLOCK_MONOTONIC in ms, `ms` counts from the INVITE. */
import type { Ms } from '#runtime/media/format.ts'

/** A watermark that was heard. */
export interface HeardItem {
  readonly item: number
  /** Milliseconds of the call's recording. */
  readonly fromMs: Ms
  readonly toMs: Ms
  /** How far into the item the last sample heard is: what a truncation should name. */
  readonly endMs: Ms
  /** Frames of 20 ms between the first and the last that were not heard. */
  readonly missing: number
}

export type CallerWhat =
  | { readonly type: 'calling'; readonly to: string; readonly transport: 'udp' | 'tcp' }
  /** Somebody calls us. */
  | { readonly type: 'called'; readonly from: string; readonly to: string }
  | { readonly type: 'ringing'; readonly status: number; readonly reason: string; readonly earlyMedia: boolean }
  /** Seconds have passed and nothing came (`heard`: but for signs of life). `limitMs`: from the INVITE to giving up. */
  | {
      readonly type: 'waiting'
      readonly at: string
      readonly transport: 'udp' | 'tcp'
      readonly heard: boolean
      readonly limitMs: Ms
    }
  | { readonly type: 'answered'; readonly law: string; readonly remote: string; readonly keys: boolean }
  /** The agent became audible; `t` is its first loud sample. */
  | { readonly type: 'heard-start' }
  /** The agent fell silent; `t` is its last loud sample. */
  | {
      readonly type: 'heard-stop'
      readonly forMs: Ms
      /** We spoke over it: a barge-in follows. */
      readonly interrupted: boolean
      readonly items?: readonly HeardItem[]
    }
  | { readonly type: 'heard-key'; readonly digit: string; readonly forMs: Ms }
  /** Begins to speak; `t` is the first sample that can be heard. */
  | { readonly type: 'say'; readonly what: string; readonly over: boolean }
  | { readonly type: 'said'; readonly what: string; readonly forMs: Ms }
  | { readonly type: 'key'; readonly digit: string }
  /** We spoke while the agent was audible: from our first loud sample to its last, both in our own recording. */
  | { readonly type: 'barge-in'; readonly silentAfterMs: Ms }
  | { readonly type: 'hold' | 'resume'; readonly by: 'caller' | 'agent'; readonly ok: boolean }
  | { readonly type: 'media'; readonly law: string; readonly remote: string }
  | { readonly type: 'expected'; readonly ok: boolean; readonly what: string; readonly seen: string }
  | { readonly type: 'fault'; readonly code: string; readonly detail: string; readonly help?: string }
  | {
      readonly type: 'ended'
      readonly by: 'local' | 'remote'
      readonly cause: string
      readonly status: number | null
      readonly reason: string | null
    }

export type CallerEvent = CallerWhat & { readonly t: Ms; readonly ms: Ms }

/** One event as a line of JSON; times to a tenth of a millisecond. */
export function eventLine(event: CallerEvent): string {
  return JSON.stringify(event, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value))
}
