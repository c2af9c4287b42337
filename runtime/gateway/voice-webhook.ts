/** What a carrier's webhook says of a call. Pure. */
import { only } from './form.ts'
import type { Form } from './twilio-signature.ts'

export interface VoiceWebhook {
  readonly sid: string
  readonly account: string
  readonly from: string
  readonly to: string
  /** As the network names the caller; said by a stranger. */
  readonly display: string
  /** SIP headers and the like, by lower-case name: said by a stranger. */
  readonly headers: Readonly<Record<string, readonly string[]>>
}

export interface StatusWebhook {
  readonly sid: string
  readonly account: string
  readonly status: string
  /** The carrier says that the call is over. */
  readonly over: boolean
  readonly seconds: number | null
  readonly code: string | null
}

const SID = /^CA[0-9a-fA-F]{32}$/
export const isSid = (text: string): boolean => SID.test(text)
/** E.164, an extension, or what stands for a caller without a number. */
const PARTY = /^[+0-9A-Za-z*#:@.;=_-]{1,128}$/
const HEADER = /^SipHeader_([A-Za-z0-9-]{1,64})$/
const MAX_TEXT = 256
const STATUS = /^[a-z-]{1,32}$/
const OVER = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled', 'stream-error'])

/** A text says why it is none. */
export function readVoice(form: Form): VoiceWebhook | string {
  const [sid, account, to] = [only(form, 'CallSid'), only(form, 'AccountSid'), only(form, 'To')]
  if (sid === null || !SID.test(sid)) return 'CallSid is missing or malformed'
  if (account === null) return 'AccountSid is missing'
  if (to === null || !PARTY.test(to)) return 'To is missing or malformed'
  if (only(form, 'Direction') !== 'inbound') return 'Direction is not inbound'
  const from = only(form, 'From') ?? ''
  if (from !== '' && !PARTY.test(from)) return 'From is malformed'
  const headers: Record<string, string[]> = {}
  for (const [name, values] of form) {
    const [, header] = HEADER.exec(name) ?? []
    if (header !== undefined) headers[header.toLowerCase()] = values.map(value => value.slice(0, MAX_TEXT))
  }
  const verified = only(form, 'StirVerstat')
  if (verified !== null) headers['x-twilio-verstat'] = [verified.slice(0, MAX_TEXT)]
  return { sid, account, from, to, display: (only(form, 'CallerName') ?? '').slice(0, MAX_TEXT), headers }
}

/** Of a call, or of its stream. */
export function readStatus(form: Form): StatusWebhook | string {
  const [sid, account] = [only(form, 'CallSid'), only(form, 'AccountSid')]
  const status = only(form, 'CallStatus') ?? only(form, 'StreamEvent')
  if (sid === null || !SID.test(sid)) return 'CallSid is missing or malformed'
  if (account === null) return 'AccountSid is missing'
  if (status === null || !STATUS.test(status)) return 'neither CallStatus nor StreamEvent is one'
  const seconds = Number(only(form, 'CallDuration') ?? Number.NaN)
  const code = /^[0-9]{3,5}/.exec(only(form, 'SipResponseCode') ?? only(form, 'StreamError') ?? '')?.[0] ?? null
  return { sid, account, status, over: OVER.has(status), seconds: Number.isFinite(seconds) ? seconds : null, code }
}
