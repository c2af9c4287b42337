/** Incoming calls: from the INVITE to its ACK. */
import type { Ms } from '#runtime/media/format.ts'
import type { ExtraHeaders, IncomingCall, Party, SipCommand, SipEffect, Source } from './api.ts'
import { extraLines, type HeaderLines, hasTag, phraseOf, reasonLine } from './build.ts'
import { endCall, newCall, planCall, removeCall, tell } from './call-state.ts'
import { ALLOW, dialogOfRequest } from './dialog.ts'
import { faultOf, headerFault, notAdmitted } from './errors.ts'
import type { NameAddress } from './headers.ts'
import { keptHeaders } from './kept-headers.ts'
import type { SipRequest } from './message.ts'
import { answer, offer, preview, type Session } from './offer-answer.ts'
import { type RequestHead, responseTarget, stampedVia } from './request-head.ts'
import { contactOf } from './routing.ts'
import { parseSdp } from './sdp.ts'
import { readOffer, refusalFault, refusalHeaders } from './session-offer.ts'
import type { ServerTransaction, SipCall, UserAgent } from './state.ts'
import { refuse, reply } from './stateless.ts'
import { openServer, respond } from './transaction-server.ts'
import { awaitAck } from './uas-ack.ts'
import { parseUri } from './uri.ts'

/** RFC 3261 §13.3.1.1: a proxy gives up three minutes after the last provisional response; repeat ours every minute. */
const RING_AGAIN_MS = 60_000

/** An upper layer that never decides must not hold a transaction for ever. */
const RING_MS = 300_000

export function receiveInvite(
  ua: UserAgent,
  request: SipRequest,
  head: RequestHead,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  if (!ua.admission.open || ua.calls.size >= ua.settings.maxCalls || ua.servers.size >= ua.settings.maxTransactions) {
    refuseAdmission(ua, request, source, out)
    return
  }
  const read = readOffer(request)
  if ('fault' in read) {
    refuse(ua, request, source, read.fault, out)
    return
  }
  const media = read.sdp === null ? null : preview(read.sdp, ua.settings.laws, ua.settings.advertised.address)
  if (media !== null && 'warning' in media) {
    const { status, phrase, code } = refusalFault(media)
    reply(ua, request, source, status, 'Not Acceptable Here', refusalHeaders(ua.settings, media), out)
    tell(out, { type: 'fault', code, status, detail: phrase, source })
    return
  }
  const key = ua.random(8)
  const dialog = dialogOfRequest(request, head, source, key)
  if (dialog === null) {
    refuse(ua, request, source, headerFault('Record-Route'), out)
    return
  }
  const call = newCall(ua, key, 'uas', dialog)
  call.offer = read.text
  call.recordRoutes = request.all('record-route')
  call.invite = openServer(ua, head, responseTarget(head.via, source), echoOf(request, head, source, key), key, now).key
  const incoming: IncomingCall = {
    callId: head.callId,
    requestUri: partyOf({ uri: request.uri, display: '', parameters: {} }),
    from: partyOf(head.from),
    to: partyOf(head.to),
    source,
    media,
    traceparent: request.header('traceparent') ?? null,
    headers: keptHeaders(request),
  }
  call.giveUpAt = now + RING_MS
  planCall(ua, call)
  tell(out, { type: 'incoming', call: key, incoming })
}

/** 503 (or what the upper layer said) with Retry-After, nothing remembered. */
export function refuseAdmission(ua: UserAgent, request: SipRequest, source: Source, out: SipEffect[]): void {
  const { status = 503, phrase = phraseOf(status), retryAfterS = 5 } = ua.admission
  reply(ua, request, source, status, phrase, [['Retry-After', retryAfterS]], out)
  const fault = faultOf(notAdmitted, status, phrase)
  tell(out, { type: 'fault', code: fault.code, status, detail: `${request.method} refused`, source })
}

export function echoOf(request: SipRequest, head: RequestHead, source: Source, tag: string): ServerTransaction['echo'] {
  const to = request.header('to') as string
  return [
    ...request.all('via').map((via, i) => ['Via', i === 0 ? stampedVia(via, head.via, source) : via] as const),
    ['From', request.header('from') as string],
    ['To', hasTag(to) ? to : `${to};tag=${tag}`],
    ['Call-ID', head.callId],
    ['CSeq', request.header('cseq') as string],
  ]
}

function partyOf(address: NameAddress): Party {
  const uri = parseUri(address.uri)
  const known = typeof uri === 'string' ? { user: '', host: '' } : uri
  return { uri: address.uri, user: known.user, host: known.host, display: address.display }
}

export function ring(ua: UserAgent, call: SipCall, headers: ExtraHeaders, now: Ms, out: SipEffect[]): void {
  const transaction = ua.servers.get(call.invite)
  if (call.phase !== 'incoming' || transaction === undefined) return
  respond(ua, transaction, 180, phraseOf(180), [...dialogLines(ua, call), ...extraLines(headers)], '', now, out)
  call.ringing = { headers, nextAt: now + RING_AGAIN_MS }
  planCall(ua, call)
}

/** Rings again when that is due. */
export function wakeRinging(ua: UserAgent, call: SipCall, now: Ms, out: SipEffect[]): void {
  if (call.ringing === null || call.ringing.nextAt > now) return
  const { headers } = call.ringing
  call.ringing = null
  ring(ua, call, headers, now, out)
}

/** Headers of every response that makes or keeps a dialog (RFC 3261 §12.1.1). */
export function dialogLines(ua: UserAgent, call: SipCall): HeaderLines {
  return [
    ...call.recordRoutes.map(route => ['Record-Route', route] as const),
    ['Contact', contactOf(ua.settings, call.dialog.source.transport)],
    ['Allow', ALLOW],
    ['Server', ua.settings.product],
  ]
}

export function answerCall(
  ua: UserAgent,
  call: SipCall,
  command: SipCommand & { do: 'answer' },
  now: Ms,
  out: SipEffect[],
): void {
  const transaction = ua.servers.get(call.invite)
  if (call.phase !== 'incoming' || transaction === undefined) return
  const { local } = command
  const id = sessionId(ua)
  let body: string
  let offered: Session | null = null
  if (call.offer === null) {
    const made = offer(local, ua.settings.laws, null, id)
    body = made.text
    offered = made.session
  } else {
    const sdp = parseSdp(call.offer)
    const made = sdp === null ? null : answer(sdp, local, ua.settings.laws, null, id)
    if (made === null || 'warning' in made) {
      const headers = made === null ? [] : refusalHeaders(ua.settings, made)
      finishIncoming(ua, call, 488, phraseOf(488), headers, now, out)
      return
    }
    body = made.text
    call.session = made.session
  }
  call.local = local
  call.phase = 'accepted'
  call.ringing = null
  call.giveUpAt = null
  const headers: HeaderLines = [...dialogLines(ua, call), ...extraLines(command.headers)]
  const text = respond(ua, transaction, 200, 'OK', headers, body, now, out)
  awaitAck(ua, call, call.dialog.remoteCSeq ?? 0, text, transaction.target, true, offered, now)
}

export function sessionId(ua: UserAgent): number {
  return Number.parseInt(ua.random(4), 16)
}

/** Refuses a call that was not answered; the transaction sees its ACK. */
export function finishIncoming(
  ua: UserAgent,
  call: SipCall,
  status: number,
  phrase: string,
  headers: HeaderLines,
  now: Ms,
  out: SipEffect[],
  by: 'local' | 'remote' = 'local',
  why: string | null = null,
): void {
  const transaction = ua.servers.get(call.invite)
  if (call.phase !== 'incoming' || transaction === undefined) return
  respond(ua, transaction, status, phrase, [...headers, ['Server', ua.settings.product]], '', now, out)
  const cause = by === 'remote' ? 'cancelled' : 'rejected'
  endCall(call, { by, cause, status, reason: why }, out)
  removeCall(ua, call)
}

export function reject(
  ua: UserAgent,
  call: SipCall,
  command: SipCommand & { do: 'reject' },
  now: Ms,
  out: SipEffect[],
): void {
  const status = command.status >= 300 && command.status <= 699 ? command.status : 480
  const headers: HeaderLines = [
    ['Retry-After', command.retryAfterS],
    ['Reason', reasonLine(command.reason)],
    ...extraLines(command.headers),
  ]
  finishIncoming(ua, call, status, command.phrase ?? phraseOf(status), headers, now, out)
}
