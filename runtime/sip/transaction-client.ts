/** Client transactions: RFC 3261 §17.1 with the Accepted state of RFC 6026. */
import type { Ms } from '#runtime/media/format.ts'
import type { Reason, SipEffect, Target } from './api.ts'
import { buildRequest, type HeaderLines, reasonLine, toBytes } from './build.ts'
import { parseCSeq } from './headers.ts'
import { SipRequest, type SipResponse } from './message.ts'
import { parseMessage } from './parse.ts'
import type { ClientTransaction, UserAgent } from './state.ts'
import { arm, earliest } from './timers.ts'

export interface Outgoing {
  readonly method: string
  readonly purpose: ClientTransaction['purpose']
  readonly call: string
  readonly branch: string
  readonly text: string
  readonly target: Target
}

export function openClient(ua: UserAgent, request: Outgoing, now: Ms, out: SipEffect[]): ClientTransaction {
  const { t1 } = ua.settings
  const transaction: ClientTransaction = {
    key: clientKey(request.branch, request.method),
    method: request.method,
    purpose: request.purpose,
    call: request.call,
    text: request.text,
    target: request.target,
    state: 'calling',
    intervalMs: t1,
    retransmitAt: request.target.transport === 'udp' ? now + t1 : null, // A, E
    endAt: now + 64 * t1, // B, F
    ack: null,
    acks: {},
    cancel: null,
    wakeAt: null,
    armed: null,
  }
  ua.clients.set(transaction.key, transaction)
  send(transaction, transaction.text, out)
  plan(ua, transaction)
  return transaction
}

export function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`
}

/** Returns whether the response is news for the user agent. */
export function receiveResponse(
  ua: UserAgent,
  transaction: ClientTransaction,
  response: SipResponse,
  now: Ms,
  out: SipEffect[],
): boolean {
  const news =
    transaction.method === 'INVITE'
      ? inviteResponse(ua, transaction, response, now, out)
      : otherResponse(ua, transaction, response, now)
  plan(ua, transaction)
  return news
}

function inviteResponse(
  ua: UserAgent,
  transaction: ClientTransaction,
  response: SipResponse,
  now: Ms,
  out: SipEffect[],
): boolean {
  const { status } = response
  if (transaction.state === 'accepted') return status >= 200 && status < 300
  if (transaction.state === 'completed') {
    if (status >= 300 && transaction.ack !== null) send(transaction, transaction.ack, out)
    return false
  }
  transaction.retransmitAt = null
  if (status < 200) {
    transaction.state = 'proceeding'
    // An INVITE may ring for long; a re-INVITE has nobody to ring.
    if (transaction.purpose === 'invite' && transaction.cancel?.sent !== true) transaction.endAt = null
    if (transaction.cancel?.sent === false) sendCancel(ua, transaction, now, out)
    return true
  }
  if (status < 300) {
    transaction.state = 'accepted'
    transaction.endAt = now + 64 * ua.settings.t1 // M
    return true
  }
  transaction.state = 'completed'
  transaction.ack = followUp(transaction, 'ACK', response.header('to'))
  send(transaction, transaction.ack, out)
  const reliable = transaction.target.transport !== 'udp'
  transaction.endAt = now + (reliable ? 0 : 64 * ua.settings.t1) // D
  if (reliable) ua.clients.delete(transaction.key)
  return true
}

function otherResponse(ua: UserAgent, transaction: ClientTransaction, response: SipResponse, now: Ms): boolean {
  if (transaction.state === 'completed') return false
  const reliable = transaction.target.transport !== 'udp'
  if (response.status < 200) {
    transaction.state = 'proceeding'
    if (!reliable) transaction.intervalMs = ua.settings.t2
    return false
  }
  transaction.state = 'completed'
  transaction.retransmitAt = null
  transaction.endAt = now + (reliable ? 0 : ua.settings.t4) // K
  if (reliable) ua.clients.delete(transaction.key)
  return true
}

/** Cancels an INVITE: at once when a provisional response has come, else with the first one (RFC 3261 §9.1). */
export function cancelInvite(
  ua: UserAgent,
  transaction: ClientTransaction,
  reason: Reason | null,
  now: Ms,
  out: SipEffect[],
): void {
  if (transaction.cancel !== null || transaction.state === 'completed' || transaction.state === 'accepted') return
  transaction.cancel = { reason, sent: false }
  if (transaction.state === 'proceeding') sendCancel(ua, transaction, now, out)
  plan(ua, transaction)
}

function sendCancel(ua: UserAgent, transaction: ClientTransaction, now: Ms, out: SipEffect[]): void {
  const cancel = transaction.cancel
  if (cancel === null) return
  cancel.sent = true
  transaction.endAt = now + 64 * ua.settings.t1 // RFC 3261 §9.1: then it counts as cancelled
  const text = followUp(transaction, 'CANCEL', undefined, [['Reason', reasonLine(cancel.reason ?? undefined)]])
  const branch = transaction.key.slice(0, transaction.key.lastIndexOf('|'))
  const { call, target } = transaction
  openClient(ua, { method: 'CANCEL', purpose: 'cancel', call, branch, text, target }, now, out)
}

/** ACK or CANCEL of an INVITE: same URI, top Via, Route, From and Call-ID (RFC 3261 §17.1.1.3, §9.1). */
function followUp(
  transaction: ClientTransaction,
  method: string,
  to: string | undefined,
  more: HeaderLines = [],
): string {
  const parsed = parseMessage(transaction.text)
  const invite = parsed.ok && parsed.message instanceof SipRequest ? parsed.message : null
  if (invite === null) return ''
  const cseq = parseCSeq(invite.header('cseq') ?? '')?.number ?? 1
  const routes = invite.all('route').map(route => ['Route', route] as const)
  return buildRequest(method, invite.uri, [
    ['Via', invite.header('via')],
    ['Max-Forwards', 70],
    ...routes,
    ['From', invite.header('from')],
    ['To', to ?? invite.header('to')],
    ['Call-ID', invite.header('call-id')],
    ['CSeq', `${cseq} ${method}`],
    ...more,
  ])
}

/** Returns true when the transaction has timed out without a final response; it is gone then. */
export function wakeClient(ua: UserAgent, transaction: ClientTransaction, now: Ms, out: SipEffect[]): boolean {
  if (transaction.endAt !== null && transaction.endAt <= now) {
    ua.clients.delete(transaction.key)
    return transaction.state === 'calling' || transaction.state === 'proceeding'
  }
  if (transaction.retransmitAt !== null && transaction.retransmitAt <= now) {
    const doubled = transaction.state === 'calling' ? 2 * transaction.intervalMs : ua.settings.t2
    transaction.intervalMs = transaction.method === 'INVITE' ? doubled : Math.min(doubled, ua.settings.t2)
    transaction.retransmitAt = now + transaction.intervalMs
    send(transaction, transaction.text, out)
  }
  plan(ua, transaction)
  return false
}

function send(transaction: ClientTransaction, text: string, out: SipEffect[]): void {
  if (text !== '') out.push({ do: 'send', bytes: toBytes(text), to: transaction.target, transaction: transaction.key })
}

function plan(ua: UserAgent, transaction: ClientTransaction): void {
  transaction.wakeAt = earliest(transaction.retransmitAt, transaction.endAt)
  if (ua.clients.has(transaction.key)) arm(ua.timers, transaction, 'client', transaction.key)
}
