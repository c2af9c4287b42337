/** Outgoing calls: from our INVITE to the ACK. */
import type { Ms } from '#runtime/media/format.ts'
import type { EndCause, Reason, SipCommand, SipEffect, Source } from './api.ts'
import { authorise } from './authorise.ts'
import { buildRequest, extraLines, phraseOf, quote, toBytes } from './build.ts'
import { type End, endCall, newCall, planCall, removeCall, tell } from './call-state.ts'
import { ALLOW, ackKey, confirmDialog, newBranch, sendAck, sendBye } from './dialog.ts'
import { badAnswer, badUri, noAnswer, unreachable } from './errors.ts'
import { parseCSeq, parseNameAddress, reasonText } from './headers.ts'
import { keptHeaders } from './kept-headers.ts'
import { LIMITS } from './limits.ts'
import type { SipResponse } from './message.ts'
import { answer, offer, readAnswer, type Session } from './offer-answer.ts'
import { contactOf, routed, targetOf, viaOf } from './routing.ts'
import { readOffer } from './session-offer.ts'
import type { ClientTransaction, Dialog, SipCall, UserAgent } from './state.ts'
import { cancelInvite, openClient } from './transaction-client.ts'
import { finishIncoming, sessionId } from './uas-invite.ts'
import { bracket, parseDigits, parseUri } from './uri.ts'

const RING_MS = 180_000

export function invite(ua: UserAgent, command: SipCommand & { do: 'invite' }, now: Ms, out: SipEffect[]): void {
  if (ua.calls.has(command.call)) return
  const { settings } = ua
  const routes = (command.routes ?? [])
    .slice(0, LIMITS.routes)
    .map(route => (route.includes('<') ? route : `<${route}>`))
  const sound = typeof parseUri(command.to) === 'object' && typeof parseUri(command.from) === 'object'
  const target = sound ? (command.target ?? targetOf(routes[0] ?? command.to, command.transport)) : null
  const callId = command.callId ?? `${ua.random(12)}@${bracket(settings.advertised.address)}`
  const dialog: Dialog = {
    callId,
    localTag: ua.random(8),
    remoteTag: '',
    localUri: command.from,
    remoteUri: command.to,
    localCSeq: 1,
    remoteCSeq: null,
    routes,
    remoteTarget: command.to,
    source: target ?? { transport: 'udp', address: '', port: 0, flow: null },
    adjacent: false,
  }
  const call = newCall(ua, command.call, 'uac', dialog)
  call.local = command.local
  if (target === null) {
    failCall(ua, call, { by: 'local', cause: 'unreachable', code: sound ? unreachable.code : badUri.code }, out)
    return
  }
  let body = ''
  if (command.offer !== 'late') {
    const made = offer(command.local, settings.laws, null, sessionId(ua))
    body = made.text
    call.offered = made.session
  }
  const branch = newBranch(ua)
  const path = routed(routes, command.to)
  const display = command.fromDisplay === undefined ? '' : `${quote(command.fromDisplay)} `
  const text = buildRequest(
    'INVITE',
    path.uri,
    [
      ['Via', viaOf(settings, target.transport, branch)],
      ['Max-Forwards', 70],
      ...path.routes.map(route => ['Route', route] as const),
      ['From', `${display}<${command.from}>;tag=${dialog.localTag}`],
      ['To', `<${command.to}>`],
      ['Call-ID', callId],
      ['CSeq', '1 INVITE'],
      ['Contact', contactOf(settings, target.transport)],
      ['User-Agent', settings.product],
      ['Allow', ALLOW],
      ['Accept', 'application/sdp'],
      ...extraLines(command.headers),
    ],
    body,
  )
  call.invite = openClient(
    ua,
    { method: 'INVITE', purpose: 'invite', call: call.key, branch, text, target },
    now,
    out,
  ).key
  call.giveUpAt = now + (command.ringMs ?? RING_MS)
  planCall(ua, call)
}

/** A response to our first INVITE. */
export function inviteAnswered(
  ua: UserAgent,
  transaction: ClientTransaction,
  response: SipResponse,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  const call = ua.calls.get(transaction.call)
  const { status } = response
  if (status >= 200 && status < 300) {
    success(ua, transaction, call, response, source, now, out)
    return
  }
  if (call === undefined || call.phase !== 'calling') {
    if (call !== undefined && status >= 300) removeIfIdle(ua, call)
    return
  }
  if (status < 200) {
    if (status > 100 && call.cancelled === null) provisional(call, response, out)
    return
  }
  if (call.cancelled === null) {
    const again = authorise(ua, call, transaction, response, now, out)
    if (again !== null) {
      call.invite = again.key
      return
    }
  }
  const cause: EndCause = call.cancelled ?? 'rejected'
  const reason = reasonText(response.header('reason')) ?? response.reason.slice(0, 200)
  const retryAfterS = parseDigits((response.header('retry-after') ?? '').split(/[ ;(]/, 1)[0] as string, 86_400)
  failCall(ua, call, { by: call.cancelled === null ? 'remote' : 'local', cause, status, reason, retryAfterS }, out)
}

function provisional(call: SipCall, response: SipResponse, out: SipEffect[]): void {
  const agreed = agreedBy(call, response)
  if (agreed !== null) call.session = agreed
  const { status } = response
  tell(out, {
    type: 'provisional',
    call: call.key,
    status,
    reason: response.reason.slice(0, 200),
    media: agreed?.media ?? null,
  })
}

/** The answer to our offer in a response; null: none, or none that can be used. */
function agreedBy(call: SipCall, response: SipResponse): Session | null {
  if (call.offered === null || call.local === null) return null
  const read = readOffer(response)
  const sdp = 'fault' in read ? null : read.sdp
  return sdp === null ? null : (readAnswer(sdp, call.offered, call.local)?.session ?? null)
}

function success(
  ua: UserAgent,
  transaction: ClientTransaction,
  call: SipCall | undefined,
  response: SipResponse,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  const tag = parseNameAddress(response.header('to') ?? '')?.parameters['tag'] ?? ''
  const before = transaction.acks[ackKey(tag)]
  if (before !== undefined) {
    out.push({ do: 'send', bytes: toBytes(before.text), to: before.target, transaction: null })
    return
  }
  if (Object.keys(transaction.acks).length >= LIMITS.forks) return
  const base = call?.dialog ?? dialogOfResponse(response, source)
  if (base === null) return
  const dialog = confirmDialog(base, response, source)
  const cseq = parseCSeq(response.header('cseq') ?? '')?.number ?? 1
  if (call === undefined || call.phase !== 'calling' || call.cancelled !== null) {
    // Another fork answered first, or the caller has gone: this one is taken down (RFC 3261 §13.2.2.4).
    sendAck(ua, dialog, transaction, cseq, '', out)
    sendBye(ua, dialog, '', null, [], now, out)
    if (call?.phase === 'calling') failCall(ua, call, { by: 'local', cause: call.cancelled ?? 'cancelled' }, out)
    else if (call?.cancelled != null) removeIfIdle(ua, call)
    return
  }
  Object.assign(call.dialog, dialog)
  const settled = settle(ua, call, response)
  sendAck(ua, call.dialog, transaction, cseq, settled.body, out, call.authorization)
  call.offered = null
  call.giveUpAt = null
  if (settled.session?.media == null) {
    const reason: Reason = { protocol: 'SIP', cause: 488, text: 'Not Acceptable Here' }
    endCall(call, { by: 'local', cause: 'protocol', code: badAnswer.code }, out)
    if (sendBye(ua, call.dialog, call.key, reason, [], now, out) === null) removeCall(ua, call)
    return
  }
  call.session = settled.session
  call.phase = 'up'
  planCall(ua, call)
  tell(out, { type: 'answered', call: call.key, media: settled.session.media, headers: keptHeaders(response) })
}

/** Ends offer/answer with the 2xx: reads the answer, or makes ours for the ACK. */
function settle(ua: UserAgent, call: SipCall, response: SipResponse): { session: Session | null; body: string } {
  // Some peers answer in a 183 only; what they said there stands.
  if (call.offered !== null)
    return { session: agreedBy(call, response) ?? (response.body === '' ? call.session : null), body: '' }
  const read = readOffer(response)
  const sdp = 'fault' in read ? null : read.sdp
  const made =
    sdp === null || call.local === null ? null : answer(sdp, call.local, ua.settings.laws, null, sessionId(ua))
  return made === null || 'warning' in made ? { session: null, body: '' } : { session: made.session, body: made.text }
}

/** A dialog known from a 2xx alone, after the call that asked for it has gone. */
function dialogOfResponse(response: SipResponse, source: Source): Dialog | null {
  const from = parseNameAddress(response.header('from') ?? '')
  const to = parseNameAddress(response.header('to') ?? '')
  if (from === null || to === null) return null
  return {
    callId: response.header('call-id') ?? '',
    localTag: from.parameters['tag'] ?? '',
    remoteTag: '',
    localUri: from.uri,
    remoteUri: to.uri,
    localCSeq: parseCSeq(response.header('cseq') ?? '')?.number ?? 1,
    remoteCSeq: null,
    routes: [],
    remoteTarget: to.uri,
    source,
    adjacent: false,
  }
}

/** Gives the INVITE up: 'ended' follows its final response. */
export function cancelCall(
  ua: UserAgent,
  call: SipCall,
  cause: EndCause,
  reason: Reason | null,
  now: Ms,
  out: SipEffect[],
): void {
  if (call.phase !== 'calling' || call.cancelled !== null) return
  call.cancelled = cause
  call.giveUpAt = null
  const transaction = ua.clients.get(call.invite)
  if (transaction === undefined) failCall(ua, call, { by: 'local', cause }, out)
  else cancelInvite(ua, transaction, reason, now, out)
}

/** No final response in time, or the transport refused it. */
export function inviteTimedOut(
  ua: UserAgent,
  transaction: ClientTransaction,
  refused: boolean,
  out: SipEffect[],
): void {
  const call = ua.calls.get(transaction.call)
  if (call === undefined || call.phase !== 'calling') {
    if (call !== undefined) removeIfIdle(ua, call)
    return
  }
  const cause: EndCause = call.cancelled ?? (refused ? 'unreachable' : 'timeout')
  failCall(
    ua,
    call,
    { by: 'local', cause, status: refused ? 503 : 408, code: refused ? unreachable.code : noAnswer.code },
    out,
  )
}

/** The peer rings for too long, or our upper layer lets a call ring for ever. */
export function wakeUnanswered(ua: UserAgent, call: SipCall, now: Ms, out: SipEffect[]): void {
  if (call.giveUpAt === null || call.giveUpAt > now) return
  call.giveUpAt = null
  if (call.phase === 'incoming') finishIncoming(ua, call, 480, phraseOf(480), [], now, out)
  else cancelCall(ua, call, 'timeout', null, now, out)
}

function failCall(ua: UserAgent, call: SipCall, end: End, out: SipEffect[]): void {
  endCall(call, end, out)
  removeCall(ua, call)
}

/** A call whose end was told while its INVITE was still open. */
function removeIfIdle(ua: UserAgent, call: SipCall): void {
  if (call.phase === 'ending') removeCall(ua, call)
}
