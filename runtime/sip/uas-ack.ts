/** From our 2xx to its ACK: repeating it, reading a late answer, giving up. */
import type { Ms } from '#runtime/media/format.ts'
import type { Reason, SipEffect, Target } from './api.ts'
import { toBytes } from './build.ts'
import { hangUpNow, planCall, takeSession, tell } from './call-state.ts'
import { badAnswer, noAck } from './errors.ts'
import type { SipRequest } from './message.ts'
import { readAnswer, type Session } from './offer-answer.ts'
import type { RequestHead } from './request-head.ts'
import { readOffer } from './session-offer.ts'
import type { PendingAck, SipCall, UserAgent } from './state.ts'

/** Keeps a 2xx until its ACK comes; the transaction below does not repeat it (RFC 3261 §13.3.1.4). */
export function awaitAck(
  ua: UserAgent,
  call: SipCall,
  cseq: number,
  text: string,
  target: Target,
  initial: boolean,
  offered: Session | null,
  now: Ms,
): void {
  const { t1 } = ua.settings
  const pending: PendingAck = {
    cseq,
    text,
    target,
    initial,
    offered,
    intervalMs: t1,
    nextAt: now + t1,
    untilMs: now + 64 * t1,
  }
  call.pendingAck = pending
  planCall(ua, call)
}

/** ACK of our 2xx, of the INVITE or of a re-INVITE. */
export function receiveAck(
  ua: UserAgent,
  call: SipCall,
  request: SipRequest,
  head: RequestHead,
  now: Ms,
  out: SipEffect[],
): void {
  const pending = call.pendingAck
  if (pending === null || pending.cseq !== head.cseq.number) return
  call.pendingAck = null
  if (pending.offered !== null && call.phase !== 'ending') {
    const read = readOffer(request)
    const sdp = 'fault' in read ? null : read.sdp
    const agreed = sdp === null || call.local === null ? null : readAnswer(sdp, pending.offered, call.local)
    if (agreed === null) {
      const reason: Reason = { protocol: 'SIP', cause: 488, text: 'Not Acceptable Here' }
      hangUpNow(ua, call, { by: 'local', cause: 'protocol', code: badAnswer.code }, reason, now, out)
      return
    }
    if (pending.initial) call.session = agreed.session
    else takeSession(call, agreed.session, out)
  }
  acknowledged(ua, call, pending.initial, now, out)
}

/** The peer has our 2xx. */
export function acknowledged(ua: UserAgent, call: SipCall, initial: boolean, now: Ms, out: SipEffect[]): void {
  call.pendingAck = null
  if (call.phase === 'ending') {
    if (call.bye !== null) hangUpNow(ua, call, { by: 'local', cause: 'bye' }, call.bye.reason, now, out)
    return
  }
  if (initial && call.phase === 'accepted') {
    call.phase = 'up'
    if (call.session?.media) tell(out, { type: 'acked', call: call.key, media: call.session.media })
  }
  planCall(ua, call)
}

/** Repeats a 2xx without ACK; after 64*T1 the call ends with BYE. */
export function wakeAck(ua: UserAgent, call: SipCall, now: Ms, out: SipEffect[]): void {
  const pending = call.pendingAck
  if (pending === null || pending.nextAt > now) return
  if (now >= pending.untilMs) {
    const reason = call.bye?.reason ?? { protocol: 'SIP', cause: 408, text: 'ACK missing' }
    hangUpNow(ua, call, { by: 'local', cause: 'no-ack', code: noAck.code }, reason, now, out)
    return
  }
  out.push({ do: 'send', bytes: toBytes(pending.text), to: pending.target, transaction: null })
  pending.intervalMs = Math.min(2 * pending.intervalMs, ua.settings.t2)
  pending.nextAt = Math.min(now + pending.intervalMs, pending.untilMs)
}
