/** Between a message's body and an offer or answer: what is refused, and how. */
import type { HeaderLines } from './build.ts'
import { badBodyType, badSdp, bodyTooLarge, type Fault, faultOf, noMediaFits } from './errors.ts'
import { LIMITS } from './limits.ts'
import type { SipMessage } from './message.ts'
import { sessionBody } from './multipart.ts'
import type { Refusal } from './offer-answer.ts'
import { parseSdp, type Sdp } from './sdp.ts'
import type { Settings } from './state.ts'
import { bracket } from './uri.ts'

/** The session description of a message; null: it has none. */
export function readOffer(
  message: SipMessage,
): { readonly sdp: Sdp | null; readonly text: string | null } | { readonly fault: Fault } {
  if (message.body.length > LIMITS.body) return { fault: faultOf(bodyTooLarge, 413, 'Request Entity Too Large') }
  const body = sessionBody(message)
  if (body.kind === 'none') return { sdp: null, text: null }
  if (body.kind === 'unsupported') return { fault: faultOf(badBodyType, 415, 'Unsupported Media Type') }
  const sdp = parseSdp(body.text)
  return sdp === null ? { fault: faultOf(badSdp, 400, 'Malformed Session Description') } : { sdp, text: body.text }
}

/** What a 488 says besides its status (RFC 3261 §20.43). */
export function refusalHeaders(settings: Settings, refusal: Refusal): HeaderLines {
  return [['Warning', `${refusal.warning} ${bracket(settings.advertised.address)} "${refusal.text}"`]]
}

export function refusalFault(refusal: Refusal): Fault {
  return faultOf(noMediaFits, 488, `Not Acceptable Here (${refusal.text})`)
}
