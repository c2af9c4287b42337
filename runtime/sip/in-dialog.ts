/** Requests of the peer inside a dialog. */
import type { Ms } from '#runtime/media/format.ts'
import type { SipEffect, Source } from './api.ts'
import { type HeaderLines, phraseOf } from './build.ts'
import { endCall, planCall, removeCall, takeSession } from './call-state.ts'
import { ALLOW, refreshTarget } from './dialog.ts'
import { type Fault, faultOf, noDialog, noMethod, outOfOrder } from './errors.ts'
import { reasonText } from './headers.ts'
import type { SipRequest } from './message.ts'
import { answer, offer, type Session } from './offer-answer.ts'
import { notified } from './refer.ts'
import { type RequestHead, responseTarget } from './request-head.ts'
import { readOffer, refusalHeaders } from './session-offer.ts'
import type { ServerTransaction, SipCall, UserAgent } from './state.ts'
import { refuse, reply } from './stateless.ts'
import { openServer, respond } from './transaction-server.ts'
import { cancelCall } from './uac-invite.ts'
import { acknowledged, awaitAck } from './uas-ack.ts'
import { dialogLines, echoOf, finishIncoming, sessionId } from './uas-invite.ts'

/** The call that a request with a To tag belongs to; null: none (481). */
export function findCall(ua: UserAgent, head: RequestHead): SipCall | null {
  const call = ua.calls.get(ua.tags.get(head.toTag) ?? '')
  if (call === undefined || call.dialog.callId !== head.callId) return null
  // Before the 2xx our own INVITE may have made several dialogs: any of them may speak.
  return call.phase === 'calling' || call.dialog.remoteTag === head.fromTag ? call : null
}

export function receiveInDialog(
  ua: UserAgent,
  call: SipCall,
  request: SipRequest,
  head: RequestHead,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  const { dialog } = call
  if (call.phase === 'ending' && request.method !== 'BYE') {
    refuse(ua, request, source, faultOf(noDialog, 481, phraseOf(481)), out)
    return
  }
  if (dialog.remoteCSeq !== null && head.cseq.number <= dialog.remoteCSeq) {
    refuse(ua, request, source, faultOf(outOfOrder, 500, 'CSeq Out Of Order'), out)
    return
  }
  if (ua.servers.size >= ua.settings.maxTransactions) {
    reply(ua, request, source, 503, phraseOf(503), [['Retry-After', 5]], out)
    return
  }
  dialog.remoteCSeq = head.cseq.number
  const transaction = openServer(
    ua,
    head,
    responseTarget(head.via, source),
    echoOf(request, head, source, dialog.localTag),
    call.key,
    now,
  )
  switch (request.method) {
    case 'BYE':
      receiveBye(ua, call, transaction, request, now, out)
      break
    case 'INVITE':
      receiveReinvite(ua, call, transaction, request, source, now, out)
      break
    case 'UPDATE':
      receiveUpdate(ua, call, transaction, request, source, now, out)
      break
    case 'OPTIONS':
      answerWith(
        ua,
        transaction,
        200,
        'OK',
        [
          ['Allow', ALLOW],
          ['Accept', 'application/sdp'],
          ['Supported', ''],
        ],
        now,
        out,
      )
      break
    case 'NOTIFY': {
      const fault = notified(call, request, out)
      if (fault === null) answerWith(ua, transaction, 200, 'OK', [], now, out)
      else refuseWith(ua, transaction, fault, [], now, out)
      break
    }
    default:
      refuseWith(ua, transaction, faultOf(noMethod, 405, phraseOf(405)), [['Allow', ALLOW]], now, out)
  }
}

function answerWith(
  ua: UserAgent,
  transaction: ServerTransaction,
  status: number,
  phrase: string,
  headers: HeaderLines,
  now: Ms,
  out: SipEffect[],
  body = '',
): string {
  return respond(ua, transaction, status, phrase, [...headers, ['Server', ua.settings.product]], body, now, out)
}

function refuseWith(
  ua: UserAgent,
  transaction: ServerTransaction,
  fault: Fault,
  headers: HeaderLines,
  now: Ms,
  out: SipEffect[],
): void {
  const more: HeaderLines = fault.status === 415 ? [['Accept', 'application/sdp']] : []
  answerWith(ua, transaction, fault.status, fault.phrase, [...headers, ...more], now, out)
}

/** BYE ends the call in every state; what hangs on it is finished too (RFC 3261 §15.1.2). */
function receiveBye(
  ua: UserAgent,
  call: SipCall,
  transaction: ServerTransaction,
  request: SipRequest,
  now: Ms,
  out: SipEffect[],
): void {
  answerWith(ua, transaction, 200, 'OK', [], now, out)
  const reason = reasonText(request.header('reason'))
  if (call.phase === 'incoming') {
    finishIncoming(ua, call, 487, phraseOf(487), [], now, out, 'remote', reason)
    return
  }
  if (call.phase === 'calling') {
    // Its 2xx is lost or late: take the INVITE back; a 2xx that still comes is acknowledged and taken down.
    cancelCall(ua, call, 'bye', null, now, out)
    endCall(call, { by: 'remote', cause: 'bye', reason }, out)
    return
  }
  endCall(call, { by: 'remote', cause: 'bye', reason }, out)
  removeCall(ua, call)
}

function receiveReinvite(
  ua: UserAgent,
  call: SipCall,
  transaction: ServerTransaction,
  request: SipRequest,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  if (call.phase === 'incoming' || call.phase === 'calling') {
    answerWith(ua, transaction, 500, phraseOf(500), [['Retry-After', retryAfter(ua)]], now, out)
    return
  }
  if (call.reoffer?.offered != null || call.pendingAck?.offered != null) {
    answerWith(ua, transaction, 491, phraseOf(491), [], now, out)
    return
  }
  const read = readOffer(request)
  if ('fault' in read) {
    refuseWith(ua, transaction, read.fault, [], now, out)
    return
  }
  // A request with a higher CSeq shows that our 2xx arrived, even if its ACK was lost.
  if (call.pendingAck !== null) acknowledged(ua, call, call.pendingAck.initial, now, out)
  if (call.local === null) return
  let body: string
  let agreed: Session | null = null
  let offered: Session | null = null
  if (read.sdp === null) {
    const made = offer(call.local, ua.settings.laws, call.session, sessionId(ua))
    body = made.text
    offered = made.session
  } else {
    const made = answer(read.sdp, call.local, ua.settings.laws, call.session, sessionId(ua))
    if ('warning' in made) {
      answerWith(ua, transaction, 488, phraseOf(488), refusalHeaders(ua.settings, made), now, out)
      return
    }
    body = made.text
    agreed = made.session
  }
  refreshTarget(call.dialog, request, source)
  const text = respond(ua, transaction, 200, 'OK', dialogLines(ua, call), body, now, out)
  awaitAck(ua, call, call.dialog.remoteCSeq ?? 0, text, transaction.target, false, offered, now)
  if (agreed !== null) takeSession(call, agreed, out)
}

/** UPDATE (RFC 3311): refreshes the target; with an offer, changes the session when none is open. */
function receiveUpdate(
  ua: UserAgent,
  call: SipCall,
  transaction: ServerTransaction,
  request: SipRequest,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  const read = readOffer(request)
  if ('fault' in read) refuseWith(ua, transaction, read.fault, [], now, out)
  else if (read.sdp === null) {
    if (call.phase !== 'calling') refreshTarget(call.dialog, request, source)
    answerWith(ua, transaction, 200, 'OK', dialogLines(ua, call), now, out)
  } else if (call.phase === 'calling' || call.reoffer?.offered != null || call.pendingAck?.offered != null)
    answerWith(ua, transaction, 491, phraseOf(491), [], now, out)
  else if (call.phase === 'incoming' || call.local === null)
    answerWith(ua, transaction, 500, phraseOf(500), [['Retry-After', retryAfter(ua)]], now, out)
  else {
    const made = answer(read.sdp, call.local, ua.settings.laws, call.session, sessionId(ua))
    if ('warning' in made) {
      answerWith(ua, transaction, 488, phraseOf(488), refusalHeaders(ua.settings, made), now, out)
      return
    }
    refreshTarget(call.dialog, request, source)
    answerWith(ua, transaction, 200, 'OK', dialogLines(ua, call), now, out, made.text)
    takeSession(call, made.session, out)
  }
  planCall(ua, call)
}

/** RFC 3261 §14.2 and RFC 3311 §5.2: between 0 and 10 s. */
function retryAfter(ua: UserAgent): number {
  return Number.parseInt(ua.random(1), 16) % 11
}
