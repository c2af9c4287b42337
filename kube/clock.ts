/** Time as the runtime sees it: monotonic milliseconds, never the wall clock, which may jump. */

/** Monotonic milliseconds of one process. */
export type Ms = number

/** A uniform random number in [0, 1). */
export type Random = () => number

/** Where time and timers come from; a test brings its own. */
export interface Clock {
  now(): Ms
  /** Calls back once; the returned function takes it back and may be called any number of times. */
  after(ms: Ms, call: () => void): () => void
}

/** Longest delay a Node timer can hold, in milliseconds (2^31 − 1). */
const LONGEST_TIMER: Ms = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(LONGEST_TIMER, Math.max(0, ms)))
    return () => clearTimeout(timer)
  },
}
