/** The clocks of a worker: one monotonic for everything a call does, and the wall clock where a person or another machine reads it. */
import type { Ms } from '#runtime/media/format.ts'
import type { PacerClock } from './pacer.ts'

/** Milliseconds since the process began, never set back. */
export function now(): Ms {
  return performance.now()
}

/** Epoch milliseconds of a monotonic moment, or of now. */
export function wallTime(at: Ms = now()): number {
  return Math.round(performance.timeOrigin + at)
}

/** The monotonic moment of an epoch time. */
export function monotonic(epochMs: number): Ms {
  return epochMs - performance.timeOrigin
}

export const systemClock: PacerClock = {
  now,
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}
