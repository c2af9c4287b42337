/** Why a SIP call ended, in the words of the call. */
import type { EndReason } from '#runtime/call/ports.ts'
import type { SipEvent } from '#runtime/sip/api.ts'

type Ended = Extract<SipEvent, { type: 'ended' }>

/** `ours`: what we wanted when we hung up; it stands when the end was ours. */
export function endReasonOf(ended: Ended, ours: EndReason | null): EndReason {
  if (ended.by === 'local' && ours) return ours
  switch (ended.cause) {
    case 'bye':
      return { code: 'hangup', by: ended.by === 'remote' ? 'caller' : 'switchboard' }
    case 'cancelled':
      return { code: 'cancelled', by: ended.by === 'remote' ? 'caller' : 'switchboard' }
    case 'rejected':
      return ours ?? { code: 'rejected', by: 'switchboard' }
    case 'no-ack':
    case 'timeout':
    case 'protocol':
    case 'unreachable':
      break
  }
  return { code: 'signalling', by: 'caller', detail: ended.code ?? ended.cause }
}

/** `Reason` of a BYE (RFC 3326): Q.850 16 for a normal end, 31 and 41 for what went wrong. */
export function reasonHeader(why: EndReason): { protocol: 'Q.850'; cause: number; text: string } {
  const cause = { fault: 41, unavailable: 41, media_lost: 31, signalling: 31 }[why.code as string] ?? 16
  return { protocol: 'Q.850', cause, text: why.code }
}
