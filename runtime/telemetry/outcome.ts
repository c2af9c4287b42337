/** The class of an outcome: who would have to act if it were too frequent. */
import type { EndCode } from '#runtime/call/ports.ts'

export type Outcome = 'success' | 'client' | 'server' | 'upstream' | 'indeterminate'

const outcomes: Readonly<Record<EndCode, Outcome>> = {
  hangup: 'success',
  transferred: 'success',
  transfer_failed: 'upstream', // whoever should have answered, or the way there
  limit: 'success', // the declared end of a healthy call
  cancelled: 'client',
  silence: 'client',
  hold: 'client',
  rejected: 'server',
  drain: 'server',
  fault: 'server',
  unavailable: 'upstream',
  dead_air: 'upstream',
  media_lost: 'indeterminate', // the caller's phone, a network, or the carrier: not known from here
  signalling: 'indeterminate',
}

export function outcomeOf(code: EndCode): Outcome {
  return outcomes[code]
}
