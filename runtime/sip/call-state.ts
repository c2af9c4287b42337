/** Life of a call's own value: its timers, its end, the events it tells. */
import type { Ms } from '#runtime/media/format.ts'
import type { EndCause, Reason, SipEffect, SipEvent } from './api.ts'
import { sendBye } from './dialog.ts'
import type { Session } from './offer-answer.ts'
import type { Dialog, SipCall, UserAgent } from './state.ts'
import { arm, earliest } from './timers.ts'

export function newCall(ua: UserAgent, key: string, role: SipCall['role'], dialog: Dialog): SipCall {
  const call: SipCall = {
    key,
    role,
    phase: role === 'uas' ? 'incoming' : 'calling',
    dialog,
    invite: '',
    offer: null,
    recordRoutes: [],
    local: null,
    session: null,
    offered: null,
    pendingAck: null,
    reoffer: null,
    ringing: null,
    giveUpAt: null,
    cancelled: null,
    reference: null,
    referred: false,
    challenged: 0,
    authorization: [],
    bye: null,
    wakeAt: null,
    armed: null,
  }
  ua.calls.set(key, call)
  ua.tags.set(dialog.localTag, key)
  return call
}

export function planCall(ua: UserAgent, call: SipCall): void {
  call.wakeAt = earliest(call.pendingAck?.nextAt, call.reoffer?.retryAt, call.ringing?.nextAt, call.giveUpAt)
  if (ua.calls.has(call.key)) arm(ua.timers, call, 'call', call.key)
}

export function removeCall(ua: UserAgent, call: SipCall): void {
  ua.calls.delete(call.key)
  ua.tags.delete(call.dialog.localTag)
}

export function tell(out: SipEffect[], event: SipEvent): void {
  out.push({ do: 'event', event })
}

export interface End {
  readonly by: 'local' | 'remote'
  readonly cause: EndCause
  readonly status?: number
  readonly reason?: string | null
  readonly code?: string
  readonly retryAfterS?: number | null
}

/** Tells the end, once. What signalling is left goes on without the upper layer. */
export function endCall(call: SipCall, end: End, out: SipEffect[]): void {
  if (call.phase === 'ending') return
  call.phase = 'ending'
  call.reoffer = null
  call.ringing = null
  call.giveUpAt = null
  const { by, cause, status = null, reason = null, code = null, retryAfterS = null } = end
  tell(out, { type: 'ended', call: call.key, by, cause, status, reason, code, retryAfterS })
}

/** Ends a confirmed call with BYE; the call's value goes with the BYE transaction. */
export function hangUpNow(
  ua: UserAgent,
  call: SipCall,
  end: End,
  reason: Reason | null,
  now: Ms,
  out: SipEffect[],
): void {
  const headers = call.bye?.headers ?? []
  endCall(call, end, out)
  call.pendingAck = null
  call.bye = null
  if (sendBye(ua, call.dialog, call.key, reason, headers, now, out) === null) removeCall(ua, call)
  planCall(ua, call)
}

/** Takes over a new session; tells the upper layer when anything it acts on changed. Before the ACK, 'acked' will tell. */
export function takeSession(call: SipCall, session: Session, out: SipEffect[]): void {
  const before = JSON.stringify(call.session?.media ?? null)
  call.session = session
  if (call.phase === 'accepted') return
  if (session.media !== null && JSON.stringify(session.media) !== before)
    tell(out, { type: 'media', call: call.key, media: session.media })
}
