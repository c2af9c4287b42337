/**
 * A worker's drain: from its first instant no new call is taken; it is over when the last call is gone, or the deadline is. Plain state;
 * the worker owns the timer.
 */
import type { DrainRequest } from '#runtime/contract/drain.ts'

export interface DrainState {
  readonly id: string
  /** Epoch milliseconds. */
  readonly deadline: number
}

/** What a request does to the drain there is: the last word on the deadline wins, whoever asked first keeps nothing. */
export function drained(current: DrainState | null, request: DrainRequest): { state: DrainState; changed: boolean } {
  const changed = current?.id !== request.id || current.deadline !== request.deadline
  return { state: { id: request.id, deadline: request.deadline }, changed }
}

/** Seconds for `Retry-After`: another pod can answer at once when we drain; when full, a call may end soon. */
export function retryAfterS(why: 'full' | 'draining'): number {
  return why === 'full' ? 2 : 5
}
