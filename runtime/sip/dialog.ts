/** Dialogs (RFC 3261 §12): making them, and requests inside them. */
import type { Ms } from '#runtime/media/format.ts'
import type { ExtraHeaders, Reason, SipEffect, Source, Target } from './api.ts'
import { buildRequest, extraLines, type HeaderLines, reasonLine, toBytes } from './build.ts'
import { listOf, parseNameAddress, parseRoutes } from './headers.ts'
import type { SipMessage, SipRequest, SipResponse } from './message.ts'
import type { RequestHead } from './request-head.ts'
import { contactOf, nextHop, routed, viaOf } from './routing.ts'
import type { ClientTransaction, Dialog, UserAgent } from './state.ts'
import { openClient } from './transaction-client.ts'

/** Methods that we answer; what a refusal of any other names. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, NOTIFY'

export function dialogOfRequest(
  request: SipRequest,
  head: RequestHead,
  source: Source,
  localTag: string,
): Dialog | null {
  const routes = parseRoutes(request.all('record-route'))
  const remoteTarget = contactUri(request)
  if (routes === null || remoteTarget === null) return null
  return {
    callId: head.callId,
    localTag,
    remoteTag: head.fromTag,
    localUri: head.to.uri,
    remoteUri: head.from.uri,
    localCSeq: 0,
    remoteCSeq: head.cseq.number,
    routes,
    remoteTarget,
    source,
    adjacent: routes.length === 0 && (listOf(request.all('via'))?.length ?? 0) === 1,
  }
}

/** Completes the dialog of our INVITE from a 2xx: the route set is Record-Route backwards. */
export function confirmDialog(dialog: Dialog, response: SipResponse, source: Source): Dialog {
  const routes = parseRoutes(response.all('record-route')) ?? []
  return {
    ...dialog,
    remoteTag: parseNameAddress(response.header('to') ?? '')?.parameters['tag'] ?? '',
    routes: routes.reverse(),
    remoteTarget: contactUri(response) ?? dialog.remoteTarget,
    source,
  }
}

/** Target refresh (RFC 3261 §12.2): the Contact of a re-INVITE, an UPDATE, or of their 2xx. */
export function refreshTarget(dialog: Dialog, message: SipMessage, source: Source): void {
  dialog.remoteTarget = contactUri(message) ?? dialog.remoteTarget
  dialog.source = source
}

function contactUri(message: SipMessage): string | null {
  const contact = listOf(message.all('contact'))?.[0]
  return contact === undefined ? null : (parseNameAddress(contact)?.uri ?? null)
}

export interface DialogRequest {
  readonly branch: string
  readonly text: string
  readonly target: Target
}

/** A request inside a dialog; null when the peer left no way to reach it. */
export function dialogRequest(
  ua: UserAgent,
  dialog: Dialog,
  method: string,
  cseq: number,
  more: HeaderLines = [],
  body = '',
): DialogRequest | null {
  const target = nextHop(dialog)
  if (target === null) return null
  const branch = newBranch(ua)
  const path = routed(dialog.routes, dialog.remoteTarget)
  const text = buildRequest(
    method,
    path.uri,
    [
      ['Via', viaOf(ua.settings, target.transport, branch)],
      ['Max-Forwards', 70],
      ...path.routes.map(route => ['Route', route] as const),
      ['From', `<${dialog.localUri}>;tag=${dialog.localTag}`],
      ['To', `<${dialog.remoteUri}>${dialog.remoteTag === '' ? '' : `;tag=${dialog.remoteTag}`}`],
      ['Call-ID', dialog.callId],
      ['CSeq', `${cseq} ${method}`],
      ['Contact', method === 'BYE' ? undefined : contactOf(ua.settings, target.transport)],
      ['User-Agent', ua.settings.product],
      ...more,
    ],
    body,
  )
  return { branch, text, target }
}

export function newBranch(ua: UserAgent): string {
  return `z9hG4bK${ua.random(10)}`
}

/** Sends BYE. `call` is told of its end; '' : nobody is. Null when the peer cannot be reached. */
export function sendBye(
  ua: UserAgent,
  dialog: Dialog,
  call: string,
  reason: Reason | null,
  headers: ExtraHeaders,
  now: Ms,
  out: SipEffect[],
): ClientTransaction | null {
  const more: HeaderLines = [['Reason', reasonLine(reason ?? undefined)], ...extraLines(headers)]
  const request = dialogRequest(ua, dialog, 'BYE', ++dialog.localCSeq, more)
  return request === null ? null : openClient(ua, { method: 'BYE', purpose: 'bye', call, ...request }, now, out)
}

/** ACK of a 2xx: a transaction of its own, kept with the INVITE's for when the 2xx comes again (RFC 3261 §13.2.2.4). */
export function sendAck(
  ua: UserAgent,
  dialog: Dialog,
  invite: ClientTransaction,
  cseq: number,
  body: string,
  out: SipEffect[],
  authorization: HeaderLines = [],
): void {
  const request = dialogRequest(ua, dialog, 'ACK', cseq, authorization, body)
  if (request === null) return
  const { text, target } = request
  invite.acks[ackKey(dialog.remoteTag)] = { text, target }
  out.push({ do: 'send', bytes: toBytes(text), to: target, transaction: null })
}

/** Key of a tag in {@link ClientTransaction.acks}: prefixed, so that no tag is the name of something every object has. */
export function ackKey(tag: string): string {
  return `:${tag}`
}
