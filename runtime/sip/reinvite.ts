/** Our own re-INVITE: a new offer inside a dialog, with glare (RFC 3261 §14.1). */
import type { Ms } from '#runtime/media/format.ts'
import type { SipEffect, Source } from './api.ts'
import { toBytes } from './build.ts'
import { hangUpNow, planCall, tell } from './call-state.ts'
import { ALLOW, ackKey, dialogRequest, refreshTarget, sendAck } from './dialog.ts'
import { badAnswer, noAnswer } from './errors.ts'
import { parseCSeq, parseNameAddress } from './headers.ts'
import { LIMITS } from './limits.ts'
import type { LocalMedia } from './media-description.ts'
import type { SipResponse } from './message.ts'
import { offer, readAnswer } from './offer-answer.ts'
import { readOffer } from './session-offer.ts'
import type { ClientTransaction, SipCall, UserAgent } from './state.ts'
import { openClient } from './transaction-client.ts'
import { sessionId } from './uas-invite.ts'

export function reinvite(ua: UserAgent, call: SipCall, local: LocalMedia, now: Ms, out: SipEffect[]): void {
  if (call.phase !== 'up' || call.reoffer !== null) {
    if (call.phase !== 'ending') tell(out, { type: 'reinvited', call: call.key, ok: false, status: 491, media: null })
    return
  }
  call.reoffer = { local, offered: null, retryAt: null, tries: 0 }
  // The peer's own offer is not settled yet: ours comes after it.
  if (call.pendingAck === null) sendReinvite(ua, call, now, out)
  else call.reoffer.retryAt = now + ua.settings.t1
  planCall(ua, call)
}

function sendReinvite(ua: UserAgent, call: SipCall, now: Ms, out: SipEffect[]): void {
  const reoffer = call.reoffer
  if (reoffer === null) return
  reoffer.retryAt = null
  reoffer.tries++
  const made = offer(reoffer.local, ua.settings.laws, call.session, sessionId(ua))
  reoffer.offered = made.session
  const request = dialogRequest(ua, call.dialog, 'INVITE', ++call.dialog.localCSeq, [['Allow', ALLOW]], made.text)
  if (request === null) failed(ua, call, 503, out)
  else openClient(ua, { method: 'INVITE', purpose: 'reinvite', call: call.key, ...request }, now, out)
}

export function reinviteAnswered(
  ua: UserAgent,
  transaction: ClientTransaction,
  response: SipResponse,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  const { status } = response
  if (status < 200) return
  const call = ua.calls.get(transaction.call)
  if (status < 300) {
    const tag = parseNameAddress(response.header('to') ?? '')?.parameters['tag'] ?? ''
    const before = transaction.acks[ackKey(tag)]
    if (before !== undefined)
      out.push({ do: 'send', bytes: toBytes(before.text), to: before.target, transaction: null })
    else if (call !== undefined && tag === call.dialog.remoteTag)
      accepted(ua, call, transaction, response, source, now, out)
    return
  }
  if (call === undefined || call.phase !== 'up' || call.reoffer === null) return
  if (status === 408 || status === 481) {
    lost(ua, call, status, now, out)
    return
  }
  const waits = status === 491 || (status === 500 && response.header('retry-after') !== undefined)
  if (waits && call.reoffer.tries <= LIMITS.glareRetries) {
    keepVersion(call)
    call.reoffer.offered = null
    call.reoffer.retryAt = now + glareDelay(ua, call)
    planCall(ua, call)
  } else failed(ua, call, status, out)
}

/** RFC 3261 §14.1: who made the Call-ID waits 2.1 to 4 s, the other up to 2 s, in steps of 10 ms. */
function glareDelay(ua: UserAgent, call: SipCall): Ms {
  const share = Number.parseInt(ua.random(2), 16) / 65_536
  return call.role === 'uac' ? 2100 + 10 * Math.floor(share * 190) : 10 * Math.floor(share * 200)
}

function accepted(
  ua: UserAgent,
  call: SipCall,
  transaction: ClientTransaction,
  response: SipResponse,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  refreshTarget(call.dialog, response, source)
  sendAck(ua, call.dialog, transaction, parseCSeq(response.header('cseq') ?? '')?.number ?? 1, '', out)
  const reoffer = call.reoffer
  if (call.phase !== 'up' || reoffer?.offered == null) return
  const read = readOffer(response)
  const sdp = 'fault' in read ? null : read.sdp
  const agreed = sdp === null ? null : readAnswer(sdp, reoffer.offered, reoffer.local)
  if (agreed === null) {
    hangUpNow(
      ua,
      call,
      { by: 'local', cause: 'protocol', code: badAnswer.code },
      { protocol: 'SIP', cause: 488 },
      now,
      out,
    )
    return
  }
  call.reoffer = null
  call.local = reoffer.local
  call.session = agreed.session
  tell(out, { type: 'reinvited', call: call.key, ok: true, status: response.status, media: agreed.media })
  planCall(ua, call)
}

/** The old session stands, but the version we offered is used up (RFC 3264 §8). */
function keepVersion(call: SipCall): void {
  const offered = call.reoffer?.offered
  if (call.session === null || offered == null || offered.local.version === call.session.local.version) return
  call.session = { ...call.session, local: { ...offered.local, template: '' } }
}

function failed(ua: UserAgent, call: SipCall, status: number, out: SipEffect[]): void {
  keepVersion(call)
  call.reoffer = null
  tell(out, { type: 'reinvited', call: call.key, ok: false, status, media: null })
  planCall(ua, call)
}

/** The peer does not know the dialog, or does not answer in it: it is over (RFC 3261 §12.2.1.2). */
function lost(ua: UserAgent, call: SipCall, status: number, now: Ms, out: SipEffect[]): void {
  const cause = status === 408 ? 'timeout' : 'protocol'
  hangUpNow(ua, call, { by: 'local', cause, status, code: noAnswer.code }, { protocol: 'SIP', cause: status }, now, out)
}

export function reinviteTimedOut(ua: UserAgent, transaction: ClientTransaction, now: Ms, out: SipEffect[]): void {
  const call = ua.calls.get(transaction.call)
  if (call?.phase === 'up' && call.reoffer !== null) lost(ua, call, 408, now, out)
}

export function wakeReinvite(ua: UserAgent, call: SipCall, now: Ms, out: SipEffect[]): void {
  const reoffer = call.reoffer
  if (call.phase !== 'up' || reoffer === null || reoffer.retryAt === null || reoffer.retryAt > now) return
  if (call.pendingAck === null) sendReinvite(ua, call, now, out)
  else reoffer.retryAt = now + ua.settings.t1
}
