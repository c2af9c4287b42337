/** REFER out (RFC 3515, RFC 3892): the peer is asked to call somebody else, and says in NOTIFYs how that goes. */
import type { Ms } from '#runtime/media/format.ts'
import type { SipEffect } from './api.ts'
import { tell } from './call-state.ts'
import { dialogRequest } from './dialog.ts'
import { badBodyType, type Fault, faultOf, noDialog } from './errors.ts'
import { parseMediaType } from './headers.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { parseParameters } from './parameters.ts'
import type { SipCall, UserAgent } from './state.ts'
import { openClient } from './transaction-client.ts'
import { parseUri } from './uri.ts'

/** A reference of ours. Plain data. */
export interface Reference {
  /** CSeq of the REFER: the `id` of its NOTIFYs. */
  readonly cseq: number
  accepted: boolean
}

/** One at a time, on a call that is up. */
export function refer(
  ua: UserAgent,
  call: SipCall,
  command: { readonly to: string; readonly by?: string },
  now: Ms,
  out: SipEffect[],
): void {
  if (call.phase !== 'up' || call.reference !== null || typeof parseUri(command.to) !== 'object') {
    if (call.phase !== 'ending') tell(out, { type: 'referred', call: call.key, ok: false, status: 491 })
    return
  }
  const cseq = ++call.dialog.localCSeq
  const request = dialogRequest(ua, call.dialog, 'REFER', cseq, [
    ['Refer-To', `<${command.to}>`],
    ['Referred-By', command.by === undefined ? undefined : `<${command.by}>`],
  ])
  call.reference = { cseq, accepted: false }
  if (request === null) return over(call, false, 503, out)
  openClient(ua, { method: 'REFER', purpose: 'refer', call: call.key, ...request }, now, out)
}

/** The response to the REFER itself. A NOTIFY may have come before it, the last one too. */
export function referAnswered(call: SipCall, response: SipResponse, out: SipEffect[]): void {
  const { status } = response
  if (call.reference === null || status < 200) return
  if (status >= 300) return over(call, false, status, out)
  if (!call.reference.accepted) tell(out, { type: 'referring', call: call.key, status: 100 })
  call.reference.accepted = true
}

export function referTimedOut(call: SipCall, out: SipEffect[]): void {
  if (call.reference !== null && !call.reference.accepted) over(call, false, 408, out)
}

/** A NOTIFY inside the dialog: what is wrong with it, or null when it was taken. */
export function notified(call: SipCall, request: SipRequest, out: SipEffect[]): Fault | null {
  const [event = '', ...rest] = (request.header('event') ?? '').split(';')
  const id = parseParameters(rest.map(part => `;${part}`).join(''))?.['id']
  const { reference } = call
  const ours = event.trim().toLowerCase() === 'refer' && (id === undefined || Number(id) === reference?.cseq)
  const stranger = faultOf(noDialog, 481, 'Subscription Does Not Exist')
  if (!ours) return stranger
  // of one that is over: its end was told, and the peer may say it again
  if (reference === null) return call.referred ? null : stranger
  const type = parseMediaType(request.header('content-type') ?? '')?.type
  if (request.body !== '' && type !== 'message/sipfrag') return faultOf(badBodyType, 415, 'Unsupported Media Type')
  const status = statusOf(request.body)
  const state = (request.header('subscription-state') ?? '').split(';')[0]?.trim().toLowerCase()
  if (status !== null && status >= 200) over(call, status < 300, status, out)
  // ended without a word of how the call went: nobody will tell us any more
  else if (state === 'terminated') over(call, false, 0, out)
  else {
    reference.accepted = true
    tell(out, { type: 'referring', call: call.key, status: status ?? 100 })
  }
  return null
}

/** `SIP/2.0 180 Ringing`, the first line of the fragment (RFC 3420); null: it is none. */
function statusOf(body: string): number | null {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: |\r|\n|$)/.exec(body)
  return match === null ? null : Number(match[1])
}

function over(call: SipCall, ok: boolean, status: number, out: SipEffect[]): void {
  call.reference = null
  call.referred = true
  tell(out, { type: 'referred', call: call.key, ok, status })
}
