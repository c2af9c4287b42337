import type { Source } from './api.ts'
import { badExtension, badScheme, badUri, type Fault, faultOf, headerFault, uriTooLong } from './errors.ts'
import {
  addressUri,
  type CSeq,
  listOf,
  type NameAddress,
  parseCSeq,
  parseNameAddress,
  parseVia,
  type Via,
} from './headers.ts'
import type { SipRequest } from './message.ts'
import { splitList } from './parameters.ts'
import { parseDigits, parseUri } from './uri.ts'

/** What every request must say, parsed once. */
export interface RequestHead {
  readonly via: Via
  readonly from: NameAddress
  readonly to: NameAddress
  /** '' when absent: peers older than RFC 3261. */
  readonly fromTag: string
  readonly toTag: string
  readonly callId: string
  readonly cseq: CSeq
  /** Key of its server transaction (RFC 3261 §17.2.3); the same for an INVITE, its ACK and its CANCEL but for the method. */
  readonly branch: string
}

export type HeadResult = { readonly head: RequestHead; readonly fault: null } | { readonly fault: Fault }

/** Checks a request as RFC 3261 §8.2 orders. A fault is answered with its status. */
export function readHead(request: SipRequest, via: Via): HeadResult {
  const single = ['From', 'To', 'Call-ID', 'CSeq'] as const
  for (const name of single) {
    const count = request.count(name.toLowerCase())
    if (count === 0) return { fault: headerFault(name, true) }
    if (count > 1) return { fault: headerFault(name) }
  }
  const from = parseNameAddress(request.header('from') as string)
  const to = parseNameAddress(request.header('to') as string)
  const callId = request.header('call-id') as string
  const cseq = parseCSeq(request.header('cseq') as string)
  if (from === null || parseUri(from.uri) === 'malformed') return { fault: headerFault('From') }
  if (to === null || parseUri(to.uri) === 'malformed') return { fault: headerFault('To') }
  if (callId === '' || callId.includes(' ') || callId.includes('\t')) return { fault: headerFault('Call-ID') }
  if (cseq === null || cseq.method !== request.method) return { fault: headerFault('CSeq') }
  const fromTag = from.parameters['tag'] ?? ''
  const toTag = to.parameters['tag'] ?? ''
  const sentBy = `${via.host}:${via.port ?? ''}`
  const branch = via.branch.toLowerCase().startsWith('z9hg4bk')
    ? `${via.branch}|${sentBy}`
    : `${via.branch}|${sentBy}|${callId}|${fromTag}|${cseq.number}`
  const head: RequestHead = { via, from, to, fromTag, toTag, callId, cseq, branch }
  const fault = checkUri(request) ?? checkRest(request)
  return fault === null ? { head, fault } : { fault }
}

function checkUri(request: SipRequest): Fault | null {
  const uri = parseUri(request.uri)
  if (uri === 'too-long') return faultOf(uriTooLong, 414, 'Request-URI Too Long')
  if (uri === 'scheme') return faultOf(badScheme, 416, 'Unsupported URI Scheme')
  return uri === 'malformed' ? faultOf(badUri, 400, 'Malformed Request-URI') : null
}

function checkRest(request: SipRequest): Fault | null {
  const forwards = request.header('max-forwards')
  if (forwards !== undefined && parseDigits(forwards, 255) === null) return headerFault('Max-Forwards')
  const vias = listOf(request.all('via'))
  if (vias === null || vias.some(v => parseVia(v) === null)) return headerFault('Via')
  if (request.method === 'INVITE') {
    const contacts = listOf(request.all('contact'))
    if (contacts?.length === 0) return headerFault('Contact', true)
    const uri = contacts?.length === 1 ? addressUri(contacts[0] as string) : null
    if (uri === null || uri.scheme === 'tel') return headerFault('Contact')
  }
  const required = listOf(request.all('require'))
  if (required === null) return headerFault('Require')
  if (required.length > 0 && request.method !== 'ACK' && request.method !== 'CANCEL')
    return faultOf(badExtension, 420, 'Bad Extension')
  return null
}

/** Top Via of a request; null: no response can be sent to it. */
export function topVia(request: SipRequest): Via | null {
  const value = splitList(request.header('via') ?? '')?.[0]
  return value === undefined ? null : parseVia(value)
}

/** The first Via field with `received` and `rport` filled in (RFC 3261 §18.2.1, RFC 3581 §4). */
export function stampedVia(field: string, via: Via, source: Source): string {
  const values = splitList(field) ?? [field]
  const [top, ...rest] = values as [string, ...string[]]
  if (via.rport === undefined && via.host === source.address) return field
  const kept = top.split(';').filter(segment => {
    const name = (segment.split('=')[0] as string).trim().toLowerCase()
    return name !== 'received' && name !== 'rport'
  })
  kept.push(`received=${source.address}`)
  if (via.rport !== undefined) kept.push(`rport=${source.port}`)
  return [kept.join(';'), ...rest].join(', ')
}

/** Where responses go (RFC 3261 §18.2.2, RFC 3581 §4): the connection, or the source address. `maddr` is not followed: it reflects. */
export function responseTarget(via: Via, source: Source): Source {
  if (source.transport !== 'udp') return { ...source, port: via.port ?? 5060 }
  return { ...source, port: via.rport === undefined ? (via.port ?? 5060) : source.port }
}
