/** Why a call that we made, or asked for, was not answered, in the words of the call. */
import type { SipEvent } from '#runtime/sip/api.ts'

export type Unreached = 'busy' | 'noAnswer' | 'failed'

/** By final status (RFC 3261 §21). A redirect is not followed: whom we call is declared, and nobody else. */
export function outcomeOfStatus(status: number): Unreached {
  if (status === 486 || status === 600 || status === 603) return 'busy'
  return status === 408 || status === 480 || status === 487 ? 'noAnswer' : 'failed'
}

export function outcomeOfEnd(ended: Extract<SipEvent, { type: 'ended' }>): Unreached {
  // nobody answered us at all, not even a proxy: that is no phone that rang
  if (ended.cause === 'timeout') return ended.code === null ? 'noAnswer' : 'failed'
  if (ended.cause === 'cancelled') return 'noAnswer'
  return ended.cause === 'rejected' && ended.status !== null ? outcomeOfStatus(ended.status) : 'failed'
}
