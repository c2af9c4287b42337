/** A request of ours is challenged (RFC 3261 §22): it is sent once more, with the answer. */
import type { Ms } from '#runtime/media/format.ts'
import type { SipEffect } from './api.ts'
import { newBranch } from './dialog.ts'
import { type Challenge, strongest } from './digest.ts'
import { parseCSeq } from './headers.ts'
import { SipRequest, type SipResponse } from './message.ts'
import { parseMessage } from './parse.ts'
import type { ClientTransaction, SipCall, UserAgent } from './state.ts'
import { openClient } from './transaction-client.ts'

/** What answers a challenge for a call: the value of the header; null: there are no credentials. The password never enters the core. */
export type Sign = (request: {
  readonly call: string
  readonly challenge: Challenge
  readonly method: string
  readonly uri: string
  /** Random, of this answer alone. */
  readonly cnonce: string
}) => string | null

/** Sends the challenged request again under a new CSeq. Null: it was no challenge, none that can be answered, or one that was answered. */
export function authorise(
  ua: UserAgent,
  call: SipCall,
  transaction: ClientTransaction,
  response: SipResponse,
  now: Ms,
  out: SipEffect[],
): ClientTransaction | null {
  const { status } = response
  if ((status !== 401 && status !== 407) || call.challenged >= 2) return null
  const header = status === 401 ? 'Authorization' : 'Proxy-Authorization'
  const parsed = parseMessage(transaction.text)
  const request = parsed.ok && parsed.message instanceof SipRequest ? parsed.message : null
  // The same credentials again would be refused again: a proxy and the server behind it may each ask once.
  if (request === null || request.count(header.toLowerCase()) > 0) return null
  const challenge = strongest(response.all(status === 401 ? 'www-authenticate' : 'proxy-authenticate'))
  if (challenge === null) return null
  const { method } = transaction
  const value = ua.sign({ call: call.key, challenge, method, uri: request.uri, cnonce: ua.random(8) })
  if (value === null) return null
  call.challenged++
  call.dialog.localCSeq = Math.max(call.dialog.localCSeq, parseCSeq(request.header('cseq') ?? '')?.number ?? 0) + 1
  if (method === 'INVITE') call.authorization = [...call.authorization, [header, value]]
  const branch = newBranch(ua)
  const text = again(transaction.text, branch, call.dialog.localCSeq, method, `${header}: ${value}`)
  const { purpose, target } = transaction
  return openClient(ua, { method, purpose, call: call.key, branch, text, target }, now, out)
}

/** The same request with another branch and CSeq, and one more header before its Content-Length. */
function again(text: string, branch: string, cseq: number, method: string, line: string): string {
  const end = text.indexOf('\r\n\r\n')
  const head = text
    .slice(0, end)
    .replace(/(\r\nVia: [^\r]*?;branch=)[^;\r]*/, (_, before: string) => `${before}${branch}`)
    .replace(/\r\nCSeq: [^\r]*/, `\r\nCSeq: ${cseq} ${method}`)
  const at = head.lastIndexOf('\r\nContent-Length:')
  const before = at < 0 ? head : head.slice(0, at)
  return `${before}\r\n${line}${at < 0 ? '' : head.slice(at)}${text.slice(end)}`
}
