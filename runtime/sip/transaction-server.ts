/** Server transactions: RFC 3261 §17.2 with the Accepted state of RFC 6026. */
import type { Ms } from '#runtime/media/format.ts'
import type { SipEffect, Source } from './api.ts'
import { buildResponseText, type HeaderLines, toBytes } from './build.ts'
import type { RequestHead } from './request-head.ts'
import type { ServerTransaction, UserAgent } from './state.ts'
import { arm, earliest } from './timers.ts'

/** RFC 3261 §17.2.1: 100 is sent unless something else is within this time. */
const TRYING_AFTER_MS = 200

export function openServer(
  ua: UserAgent,
  head: RequestHead,
  target: Source,
  echo: ServerTransaction['echo'],
  call: string,
  now: Ms,
): ServerTransaction {
  const invite = head.cseq.method === 'INVITE'
  const transaction: ServerTransaction = {
    key: serverKey(head, head.cseq.method),
    merge: invite && head.toTag === '' ? mergeKey(head) : '',
    invite,
    call,
    target,
    echo,
    state: 'proceeding',
    response: null,
    tryingAt: invite ? now + TRYING_AFTER_MS : null,
    intervalMs: ua.settings.t1,
    retransmitAt: null,
    endAt: null,
    wakeAt: null,
    armed: null,
  }
  ua.servers.set(transaction.key, transaction)
  if (transaction.merge !== '') ua.merges.set(transaction.merge, transaction.key)
  plan(ua, transaction)
  return transaction
}

export function serverKey(head: RequestHead, method: string): string {
  return `${head.branch}|${method}`
}

export function mergeKey(head: RequestHead): string {
  return `${head.callId}|${head.fromTag}|${head.cseq.number}`
}

/** Sends a response and moves on. Returns its text, which the user agent repeats itself when it is a 2xx to INVITE. */
export function respond(
  ua: UserAgent,
  transaction: ServerTransaction,
  status: number,
  phrase: string,
  headers: HeaderLines,
  body: string,
  now: Ms,
  out: SipEffect[],
): string {
  const text = buildResponseText(status, phrase, [...transaction.echo, ...headers], body)
  if (transaction.state !== 'proceeding') return text
  transaction.response = text
  transaction.tryingAt = null
  send(transaction, text, out)
  if (status < 200) {
    plan(ua, transaction)
    return text
  }
  const { t1 } = ua.settings
  const reliable = transaction.target.transport !== 'udp'
  if (transaction.invite && status < 300) {
    transaction.state = 'accepted'
    transaction.response = null
    transaction.endAt = now + 64 * t1 // L
  } else if (transaction.invite) {
    transaction.state = 'completed'
    transaction.retransmitAt = reliable ? null : now + t1 // G
    transaction.endAt = now + 64 * t1 // H
  } else {
    transaction.state = 'completed'
    transaction.endAt = now + (reliable ? 0 : 64 * t1) // J
    if (reliable) close(ua, transaction)
  }
  plan(ua, transaction)
  return text
}

/** The request came again. */
export function repeated(transaction: ServerTransaction, out: SipEffect[]): void {
  if (transaction.response !== null && transaction.state !== 'confirmed') send(transaction, transaction.response, out)
}

/** ACK of a final response of 300 and above. */
export function confirm(ua: UserAgent, transaction: ServerTransaction, now: Ms): void {
  if (transaction.state !== 'completed') return
  transaction.state = 'confirmed'
  transaction.retransmitAt = null
  transaction.endAt = now + ua.settings.t4 // I
  if (transaction.target.transport !== 'udp') close(ua, transaction)
  plan(ua, transaction)
}

export function wakeServer(ua: UserAgent, transaction: ServerTransaction, now: Ms, out: SipEffect[]): void {
  if (transaction.endAt !== null && transaction.endAt <= now) {
    close(ua, transaction)
    return
  }
  if (transaction.tryingAt !== null && transaction.tryingAt <= now) {
    transaction.tryingAt = null
    transaction.response = buildResponseText(100, 'Trying', transaction.echo)
    send(transaction, transaction.response, out)
  }
  if (transaction.retransmitAt !== null && transaction.retransmitAt <= now) {
    transaction.intervalMs = Math.min(2 * transaction.intervalMs, ua.settings.t2)
    transaction.retransmitAt = now + transaction.intervalMs
    send(transaction, transaction.response as string, out)
  }
  plan(ua, transaction)
}

function send(transaction: ServerTransaction, text: string, out: SipEffect[]): void {
  out.push({ do: 'send', bytes: toBytes(text), to: transaction.target, transaction: null })
}

function close(ua: UserAgent, transaction: ServerTransaction): void {
  ua.servers.delete(transaction.key)
  if (ua.merges.get(transaction.merge) === transaction.key) ua.merges.delete(transaction.merge)
}

function plan(ua: UserAgent, transaction: ServerTransaction): void {
  transaction.wakeAt = earliest(transaction.tryingAt, transaction.retransmitAt, transaction.endAt)
  if (ua.servers.has(transaction.key)) arm(ua.timers, transaction, 'server', transaction.key)
}
