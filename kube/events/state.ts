/** Aggregation and rate limits of events, as a core: what happens again and again is one event with a count. */
import type { Ms } from '../clock.ts'

/** The object that an event is about. */
export interface Regarding {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly resourceVersion?: string
}

export interface Occurrence {
  readonly regarding: Regarding
  readonly related?: Regarding
  readonly type: 'Normal' | 'Warning'
  /** One word in CamelCase, for machines. */
  readonly reason: string
  /** What was done or tried, one word in CamelCase. */
  readonly action: string
  /** A sentence for a person. */
  readonly note: string
}

export interface EventPolicy {
  /** After so long without another occurrence a new event begins. Default 6 min, as in client-go. */
  readonly seriesMs: Ms
  /** Least time between two writes of one series; doubles with each, up to 32 times. Default 10 s. */
  readonly patchMs: Ms
  /** New events about one object at once, and then one in each refill. Default 25, 5 min, as client-go's spam filter. */
  readonly burst: number
  readonly refillMs: Ms
  /** Series that are remembered. Default 4096. */
  readonly maxSeries: number
}

export const DEFAULT_EVENT_POLICY: EventPolicy = {
  seriesMs: 360_000,
  patchMs: 10_000,
  burst: 25,
  refillMs: 300_000,
  maxSeries: 4096,
}

export interface Series {
  readonly id: number
  readonly occurrence: Occurrence
  count: number
  /** Of what is written. */
  written: number
  lastAt: Ms
  nextWriteAt: Ms
  waitMs: Ms
}

export interface EventsState {
  ids: number
  /** By what makes occurrences the same, oldest first. */
  readonly series: Map<string, Series>
  readonly budgets: Map<string, { tokens: number; at: Ms }>
  dropped: number
  wakeAt: Ms | null
}

export type EventEffect =
  | { readonly do: 'create'; readonly id: number; readonly occurrence: Occurrence }
  | { readonly do: 'count'; readonly id: number; readonly occurrence: Occurrence; readonly count: number }
  /** Nothing more will be said about it. */
  | { readonly do: 'forget'; readonly id: number }

export function newEventsState(): EventsState {
  return { ids: 0, series: new Map(), budgets: new Map(), dropped: 0, wakeAt: null }
}
