import type { Ms } from './format.ts'

/**
 * What really left for the caller, of one item: the only truth for truncation, cost and proof.
 * `ms` is rounded down; `total` is what the session had sent of it by then, `complete` whether the session closed it (no more will come).
 */
export interface Heard {
  readonly item: string
  readonly ms: Ms
  readonly totalMs: Ms
  readonly complete: boolean
}

/** A playout as a plain value, for hand-over and for tests. */
export interface PlayoutState {
  readonly paused: boolean
  readonly queuedMs: Ms
  readonly items: readonly Heard[]
}

/**
 * The queue of agent audio in front of one leg. One 20 ms tick, one frame: agent audio or silence. Items play in the order of their
 * first append. All buffers are bounded.
 */
export interface Playout {
  /** Appends audio of an item. False: the bounded buffer is full and nothing was taken. Audio of an older generation than the last flush is dropped (true). */
  append(generation: number, item: string, audio: Uint8Array): boolean
  /** The session will send no more audio of this item. */
  complete(item: string): void
  /** Holds back: only `untilMs` of the item may play until released further. Default: everything. */
  release(item: string, untilMs: Ms): void
  pause(): void
  resume(): void
  /** Fills `out` (20 ms in the leg's format) and returns the number of bytes of agent audio in it (0: silence). */
  tick(now: Ms, out: Uint8Array): number
  /** Drops all queued audio, raises the generation, and reports every item not reported as fully heard before. */
  flush(): readonly Heard[]
  /** Current generation: what an append must carry to be played. */
  readonly generation: number
  /** Milliseconds queued and not yet played. */
  readonly queuedMs: Ms
  snapshot(): PlayoutState
}
