/** Exponential back-off with jitter. */
import type { Ms, Random } from './clock.ts'

export interface BackoffOptions {
  /** Wait after the first failure. */
  readonly baseMs: Ms
  /** Longest wait. */
  readonly maxMs: Ms
  /** Share of the wait that chance may add or take, 0 to 1: so that many that failed together do not come back together. */
  readonly jitter: number
}

/** @param failures in a row, from 1 */
export function backoff(options: BackoffOptions, failures: number, random: Random): Ms {
  const plain = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(40, Math.max(0, failures - 1)))
  return plain * (1 + options.jitter * (2 * random() - 1))
}
