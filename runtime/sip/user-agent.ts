/**
 * The SIP user agent core: both roles, no I/O. One value per process; the shell feeds it messages, commands and time, and performs the
 * effects in order.
 *
 * ```ts
 * const ua = createUserAgent({ advertised: { address, udpPort, tcpPort } }, randomHex)
 * receive(ua, datagramOrFramedMessage, source, now, out)
 * command(ua, { do: 'answer', call, local }, now, out)
 * tick(ua, now, out) // when ua.wakeAt has come
 * ```
 */
import type { Ms } from '#runtime/media/format.ts'
import type { SipCommand, SipEffect, Source } from './api.ts'
import { authorise } from './authorise.ts'
import { phraseOf } from './build.ts'
import { endCall, hangUpNow, planCall, removeCall, tell } from './call-state.ts'
import { ALLOW } from './dialog.ts'
import { faultOf, headerFault, loop, noDialog, noMethod } from './errors.ts'
import { parseCSeq, parseVia, reasonText } from './headers.ts'
import { findCall, receiveInDialog } from './in-dialog.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { splitList } from './parameters.ts'
import { parseMessage } from './parse.ts'
import { refer, referAnswered, referTimedOut } from './refer.ts'
import { reinvite, reinviteAnswered, reinviteTimedOut, wakeReinvite } from './reinvite.ts'
import { type RequestHead, readHead, topVia } from './request-head.ts'
import { type ClientTransaction, compact, type SipCall, type UserAgent } from './state.ts'
import { refuse, reply } from './stateless.ts'
import { arm, popDue } from './timers.ts'
import { clientKey, receiveResponse, wakeClient } from './transaction-client.ts'
import { confirm, mergeKey, repeated, serverKey, wakeServer } from './transaction-server.ts'
import { cancelCall, invite, inviteAnswered, inviteTimedOut, wakeUnanswered } from './uac-invite.ts'
import { receiveAck, wakeAck } from './uas-ack.ts'
import { answerCall, finishIncoming, receiveInvite, refuseAdmission, reject, ring, wakeRinging } from './uas-invite.ts'

export type * from './api.ts'
export type { Sign } from './authorise.ts'
export { createUserAgent, restore, serialise, type UserAgent, type UserAgentSnapshot } from './state.ts'

/** Takes one datagram, or one message framed by `SipStream`. */
export function receive(ua: UserAgent, bytes: Uint8Array, source: Source, now: Ms, out: SipEffect[]): void {
  if (isKeepAlive(bytes)) return
  const parsed = parseMessage(bytes)
  if (!parsed.ok) {
    if (parsed.partial !== null) refuse(ua, parsed.partial, source, parsed.fault, out)
    else tell(out, { type: 'fault', code: parsed.fault.code, status: 0, detail: parsed.fault.phrase, source })
  } else if (parsed.message.kind === 'request') receiveRequest(ua, parsed.message, source, now, out)
  else receiveReply(ua, parsed.message, source, now, out)
  ua.wakeAt = ua.timers[0]?.at ?? null
}

/** Empty datagrams, CRLFs and STUN, with which peers keep NAT bindings open. */
function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.length < 4 || bytes[0] === 0 || bytes.every(b => b === 13 || b === 10)
}

function receiveRequest(ua: UserAgent, request: SipRequest, source: Source, now: Ms, out: SipEffect[]): void {
  const via = topVia(request)
  if (via === null) {
    tell(out, {
      type: 'fault',
      code: headerFault('Via', true).code,
      status: 0,
      detail: 'Request without usable Via',
      source,
    })
    return
  }
  const read = readHead(request, via)
  if (read.fault !== null) {
    refuse(ua, request, source, read.fault, out)
    return
  }
  const { head } = read
  if (request.method === 'ACK') {
    acknowledge(ua, request, head, now, out)
    return
  }
  const known = ua.servers.get(serverKey(head, request.method))
  if (known !== undefined) repeated(known, out)
  else if (request.method === 'CANCEL') cancelled(ua, request, head, source, now, out)
  else if (head.toTag !== '') {
    const call = findCall(ua, head)
    if (call === null) refuse(ua, request, source, faultOf(noDialog, 481, phraseOf(481)), out)
    else receiveInDialog(ua, call, request, head, source, now, out)
  } else outside(ua, request, head, source, now, out)
}

function outside(
  ua: UserAgent,
  request: SipRequest,
  head: RequestHead,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  switch (request.method) {
    case 'INVITE':
      if (ua.merges.has(mergeKey(head))) refuse(ua, request, source, faultOf(loop, 482, phraseOf(482)), out)
      else receiveInvite(ua, request, head, source, now, out)
      break
    case 'OPTIONS':
      // The same status as an INVITE would get (RFC 3261 §11.2): what asks by OPTIONS wants to know whether calls are taken.
      if (ua.admission.open && ua.calls.size < ua.settings.maxCalls) {
        reply(
          ua,
          request,
          source,
          200,
          'OK',
          [
            ['Allow', ALLOW],
            ['Accept', 'application/sdp'],
            ['Supported', ''],
          ],
          out,
        )
      } else refuseAdmission(ua, request, source, out)
      break
    case 'BYE':
    case 'UPDATE':
      refuse(ua, request, source, faultOf(noDialog, 481, phraseOf(481)), out)
      break
    default:
      refuse(ua, request, source, faultOf(noMethod, 405, phraseOf(405)), out)
  }
}

function acknowledge(ua: UserAgent, request: SipRequest, head: RequestHead, now: Ms, out: SipEffect[]): void {
  const refused = ua.servers.get(serverKey(head, 'INVITE'))
  if (refused !== undefined && refused.state !== 'accepted') {
    confirm(ua, refused, now)
    return
  }
  const call = findCall(ua, head)
  if (call !== null) receiveAck(ua, call, request, head, now, out)
}

/** CANCEL: 200 for itself, 487 for an INVITE without a final response (RFC 3261 §9.2). */
function cancelled(
  ua: UserAgent,
  request: SipRequest,
  head: RequestHead,
  source: Source,
  now: Ms,
  out: SipEffect[],
): void {
  const invited = ua.servers.get(serverKey(head, 'INVITE'))
  if (invited === undefined) {
    refuse(ua, request, source, faultOf(noDialog, 481, phraseOf(481)), out)
    return
  }
  reply(ua, request, source, 200, 'OK', [], out, invited.call)
  const call = ua.calls.get(invited.call)
  if (call?.invite !== invited.key) return
  finishIncoming(ua, call, 487, phraseOf(487), [], now, out, 'remote', reasonText(request.header('reason')))
}

function receiveReply(ua: UserAgent, response: SipResponse, source: Source, now: Ms, out: SipEffect[]): void {
  const vias = response.all('via')
  const via = vias.length === 1 ? parseVia(splitList(vias[0] as string)?.[0] ?? '') : null
  const cseq = parseCSeq(response.header('cseq') ?? '')
  const transaction = via === null || cseq === null ? undefined : ua.clients.get(clientKey(via.branch, cseq.method))
  if (transaction === undefined || !receiveResponse(ua, transaction, response, now, out)) return
  if (transaction.purpose === 'invite') inviteAnswered(ua, transaction, response, source, now, out)
  else if (transaction.purpose === 'reinvite') reinviteAnswered(ua, transaction, response, source, now, out)
  else if (transaction.purpose === 'refer') withCall(ua, transaction, call => referAnswered(call, response, out))
  else if (transaction.purpose === 'bye') byeAnswered(ua, transaction, response, now, out)
}

function withCall(ua: UserAgent, transaction: ClientTransaction, then: (call: SipCall) => void): void {
  const call = ua.calls.get(transaction.call)
  if (call !== undefined && call.phase !== 'ending') then(call)
}

/** A proxy may want to know who hangs up, too. */
function byeAnswered(
  ua: UserAgent,
  transaction: ClientTransaction,
  response: SipResponse,
  now: Ms,
  out: SipEffect[],
): void {
  const call = ua.calls.get(transaction.call)
  if (call === undefined || authorise(ua, call, transaction, response, now, out) === null) byeDone(ua, transaction)
}

/** The dialog is over whatever the response to BYE was. */
function byeDone(ua: UserAgent, transaction: ClientTransaction): void {
  const call = ua.calls.get(transaction.call)
  if (call?.phase === 'ending') removeCall(ua, call)
}

export function command(ua: UserAgent, what: SipCommand, now: Ms, out: SipEffect[]): void {
  switch (what.do) {
    case 'invite':
      invite(ua, what, now, out)
      break
    case 'admit':
      ua.admission = what.admission
      break
    case 'sendFailed': {
      const transaction = ua.clients.get(what.transaction)
      if (transaction !== undefined && (transaction.state === 'calling' || transaction.state === 'proceeding')) {
        ua.clients.delete(transaction.key)
        timedOut(ua, transaction, true, now, out)
      }
      break
    }
    case 'ring':
    case 'answer':
    case 'reject':
    case 'hangUp':
    case 'refer':
    case 'reinvite': {
      const call = ua.calls.get(what.call)
      if (call !== undefined) commandCall(ua, call, what, now, out)
      break
    }
  }
  ua.wakeAt = ua.timers[0]?.at ?? null
}

type CallCommand = Exclude<SipCommand, { do: 'invite' | 'admit' | 'sendFailed' }>

function commandCall(ua: UserAgent, call: SipCall, what: CallCommand, now: Ms, out: SipEffect[]): void {
  if (what.do === 'ring') ring(ua, call, what.headers ?? [], now, out)
  else if (what.do === 'answer') answerCall(ua, call, what, now, out)
  else if (what.do === 'reject') reject(ua, call, what, now, out)
  else if (what.do === 'refer') refer(ua, call, what, now, out)
  else if (what.do === 'reinvite') reinvite(ua, call, what.local, now, out)
  else hangUp(ua, call, what, now, out)
}

function hangUp(ua: UserAgent, call: SipCall, what: SipCommand & { do: 'hangUp' }, now: Ms, out: SipEffect[]): void {
  const reason = what.reason ?? null
  if (call.phase === 'incoming') reject(ua, call, { ...what, do: 'reject', status: 480 }, now, out)
  else if (call.phase === 'calling') cancelCall(ua, call, 'cancelled', reason, now, out)
  else if (call.phase === 'accepted') {
    call.bye = { reason, headers: what.headers ?? [] }
    endCall(call, { by: 'local', cause: 'bye' }, out)
    planCall(ua, call)
  } else if (call.phase === 'up') {
    call.bye = { reason, headers: what.headers ?? [] }
    hangUpNow(ua, call, { by: 'local', cause: 'bye' }, reason, now, out)
  }
}

/** Runs everything that is due. */
export function tick(ua: UserAgent, now: Ms, out: SipEffect[]): void {
  for (let entry = popDue(ua.timers, now); entry !== null; entry = popDue(ua.timers, now)) {
    const { kind, key, at } = entry
    const item = kind === 'call' ? ua.calls.get(key) : kind === 'client' ? ua.clients.get(key) : ua.servers.get(key)
    if (item === undefined || item.armed !== at) continue
    item.armed = null
    if (item.wakeAt === null || item.wakeAt > now) {
      arm(ua.timers, item, kind, key)
      continue
    }
    if ('dialog' in item) wakeCall(ua, item, now, out)
    else if ('echo' in item) wakeServer(ua, item, now, out)
    else if (wakeClient(ua, item, now, out)) timedOut(ua, item, false, now, out)
  }
  compact(ua)
  ua.wakeAt = ua.timers[0]?.at ?? null
}

function wakeCall(ua: UserAgent, call: SipCall, now: Ms, out: SipEffect[]): void {
  wakeRinging(ua, call, now, out)
  wakeAck(ua, call, now, out)
  wakeUnanswered(ua, call, now, out)
  wakeReinvite(ua, call, now, out)
  planCall(ua, call)
}

function timedOut(ua: UserAgent, transaction: ClientTransaction, refused: boolean, now: Ms, out: SipEffect[]): void {
  if (transaction.purpose === 'invite') inviteTimedOut(ua, transaction, refused, out)
  else if (transaction.purpose === 'reinvite') reinviteTimedOut(ua, transaction, now, out)
  else if (transaction.purpose === 'refer') withCall(ua, transaction, call => referTimedOut(call, out))
  else if (transaction.purpose === 'bye') byeDone(ua, transaction)
}
