import { Buffer } from 'node:buffer'
import type { ExtraHeaders, Reason } from './api.ts'
import type { SipRequest } from './message.ts'
import { isToken } from './parse.ts'

/**
 * Messages are built as latin1 text: the form in which transactions keep them for retransmission. `undefined` values are left out.
 */
export type HeaderLines = readonly (readonly [name: string, value: string | number | undefined])[]

export function buildRequest(
  method: string,
  uri: string,
  headers: HeaderLines,
  body = '',
  type = 'application/sdp',
): string {
  return finish(`${method} ${clean(uri)} SIP/2.0\r\n`, headers, body, type)
}

export function buildResponseText(
  status: number,
  phrase: string,
  headers: HeaderLines,
  body = '',
  type = 'application/sdp',
): string {
  return finish(`SIP/2.0 ${status} ${clean(phrase)}\r\n`, headers, body, type)
}

/**
 * A response to `request`: Via, From, To, Call-ID, CSeq copied (RFC 3261 §8.2.6.2). `topVia` replaces the first Via (received, rport);
 * `toTag` is added when To has none.
 */
export function buildResponse(
  request: SipRequest,
  topVia: string | null,
  toTag: string,
  status: number,
  phrase: string,
  headers: HeaderLines = [],
  body = '',
): string {
  const copied: [string, string | undefined][] = []
  for (const [i, via] of request.all('via').entries()) copied.push(['Via', i === 0 && topVia !== null ? topVia : via])
  const to = request.header('to')
  copied.push(['From', request.header('from')])
  copied.push(['To', to === undefined || toTag === '' || hasTag(to) ? to : `${to};tag=${toTag}`])
  copied.push(['Call-ID', request.header('call-id')], ['CSeq', request.header('cseq')])
  return buildResponseText(status, phrase, [...copied, ...headers], body)
}

/** Whether the header's own parameters (behind `>`) hold a tag. */
export function hasTag(address: string): boolean {
  return address
    .slice(address.lastIndexOf('>') + 1)
    .toLowerCase()
    .replaceAll(' ', '')
    .includes(';tag=')
}

function finish(start: string, headers: HeaderLines, body: string, type: string): string {
  let out = start
  for (const [name, value] of headers)
    if (value !== undefined) out += `${name}: ${typeof value === 'number' ? value : clean(value)}\r\n`
  if (body !== '') out += `Content-Type: ${type}\r\n`
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** Nothing that comes from outside may start a new line. Characters beyond latin1 go out as UTF-8. */
function clean(value: string): string {
  let plain = true
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i)
    if (c === 13 || c === 10 || c === 0 || c > 255) plain = false
  }
  if (plain) return value
  const line = value.replaceAll('\r', ' ').replaceAll('\n', ' ').replaceAll('\0', ' ')
  return Buffer.from(line, 'utf8').toString('latin1')
}

export function toBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** Extra headers of the upper layer; names that are no tokens are left out, as are those the user agent owns. */
export function extraLines(extra: ExtraHeaders | undefined): [string, string][] {
  const out: [string, string][] = []
  for (const [name, value] of extra ?? []) if (isToken(name) && !OWN.has(name.toLowerCase())) out.push([name, value])
  return out
}

const OWN = new Set([
  'via',
  'v',
  'from',
  'f',
  'to',
  't',
  'call-id',
  'i',
  'cseq',
  'contact',
  'm',
  'route',
  'record-route',
  'content-length',
  'l',
  'content-type',
  'c',
  'max-forwards',
  'require',
  'supported',
  'k',
  'allow',
]) // prettier-ignore

export function reasonLine(reason: Reason | undefined): string | undefined {
  if (reason === undefined) return undefined
  return `${reason.protocol};cause=${reason.cause}${reason.text === undefined ? '' : `;text=${quote(reason.text)}`}`
}

export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Standard reason phrases (RFC 3261 §21 and later). */
export function phraseOf(status: number): string {
  return PHRASES[status] ?? (status < 200 ? 'Progress' : status < 300 ? 'OK' : 'Refused')
}

const PHRASES: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  603: 'Decline',
} // prettier-ignore
