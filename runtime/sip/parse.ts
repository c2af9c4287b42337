import { Buffer } from 'node:buffer'
import {
  badLength,
  badStartLine,
  badVersion,
  type Fault,
  faultOf,
  headerFault,
  notSip,
  tooLarge,
  uriTooLong,
} from './errors.ts'
import { LIMITS } from './limits.ts'
import { canonicalName, type SipMessage, SipRequest, SipResponse } from './message.ts'
import { parseDigits } from './uri.ts'

/** `partial`: what could be read of a broken request, enough to answer it if it has a Via. */
export type ParseResult =
  | { readonly ok: true; readonly message: SipMessage }
  | { readonly ok: false; readonly fault: Fault; readonly partial: SipRequest | null }

/**
 * Parses one message of a datagram or of a framed stream. One pass over the head, no backtracking; header values stay strings. A body
 * longer than Content-Length is cut (RFC 3261 §18.3), a shorter one is a fault.
 */
export function parseMessage(input: Uint8Array | string): ParseResult {
  if (input.length > LIMITS.message) return failed(faultOf(tooLarge, 513, 'Message Too Large'), null)
  const text = typeof input === 'string' ? input : latin1(input)
  let at = 0
  while (text[at] === '\r' || text[at] === '\n') at++ // RFC 3261 §7.5
  const lineEnd = endOfLine(text, at)
  const start = text.slice(at, lineEnd)
  const head = parseHeaders(text, behindLine(text, lineEnd))
  const first = parseStartLine(start)
  if (first === null) return failed(faultOf(notSip, 400, 'Not SIP'), null)
  const { names, values } = head
  const message =
    first.kind === 'request'
      ? (body: string) => new SipRequest(first.method, first.uri, names, values, body)
      : (body: string) => new SipResponse(first.status, first.reason, names, values, body)
  const partial = (): SipRequest | null => {
    const made = message('')
    return made.kind === 'request' ? made : null
  }
  const fault = first.fault ?? head.fault
  if (fault) return failed(fault, partial())
  const available = text.length - head.end
  let length = available
  const at2 = names.indexOf('content-length')
  if (at2 >= 0) {
    const declared = parseDigits(values[at2] as string, 0x7fff_ffff)
    if (declared === null) return failed(headerFault('Content-Length'), partial())
    for (let i = at2 + 1; i < names.length; i++)
      if (names[i] === 'content-length' && parseDigits(values[i] as string, 0x7fff_ffff) !== declared)
        return failed(headerFault('Content-Length'), partial())
    if (declared > available) return failed(faultOf(badLength, 400, 'Content-Length Larger Than Message'), partial())
    length = declared
  }
  return { ok: true, message: message(text.slice(head.end, head.end + length)) }
}

function failed(fault: Fault, partial: SipRequest | null): ParseResult {
  return { ok: false, fault, partial }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

type StartLine =
  | { kind: 'request'; method: string; uri: string; fault: Fault | null }
  | { kind: 'response'; status: number; reason: string; fault: Fault | null }

/** Null: nothing that could be SIP. A line that shows what it wanted to be comes with its fault. */
function parseStartLine(line: string): StartLine | null {
  if (line.length < 8) return null
  if (line.slice(0, 4).toUpperCase() === 'SIP/') {
    const status = parseDigits(line.slice(8, 11), 699)
    if (line.slice(4, 8) !== '2.0 ' || status === null || status < 100 || (line.length > 11 && line[11] !== ' '))
      return null
    return { kind: 'response', status, reason: line.slice(12), fault: null }
  }
  const first = line.indexOf(' ')
  const last = line.lastIndexOf(' ')
  if (first < 1 || first > 64 || !isToken(line.slice(0, first))) return null
  const method = line.slice(0, first)
  const version = line.slice(last + 1)
  if (version.slice(0, 4).toUpperCase() !== 'SIP/') {
    return line.length < 2 * LIMITS.uri && line.toUpperCase().includes('SIP/2.0')
      ? { kind: 'request', method, uri: '', fault: faultOf(badStartLine, 400, 'Malformed Request-Line') }
      : null
  }
  const uri = line.slice(first + 1, last)
  if (uri.length > LIMITS.uri)
    return { kind: 'request', method, uri: '', fault: faultOf(uriTooLong, 414, 'Request-URI Too Long') }
  if (version.toUpperCase() !== 'SIP/2.0')
    return { kind: 'request', method, uri, fault: faultOf(badVersion, 505, 'Version Not Supported') }
  if (first === last || uri === '' || uri.includes(' ') || uri.includes('\t'))
    return { kind: 'request', method, uri, fault: faultOf(badStartLine, 400, 'Malformed Request-Line') }
  return { kind: 'request', method, uri, fault: null }
}

interface Head {
  names: string[]
  values: string[]
  end: number
  fault: Fault | null
}

function parseHeaders(text: string, from: number): Head {
  const names: string[] = []
  const values: string[] = []
  let fault: Fault | null = null
  let at = from
  while (at < text.length) {
    const start = at
    let end = endOfLine(text, at)
    at = behindLine(text, end)
    if (end === start) return { names, values, end: at, fault }
    if (at - from > LIMITS.head || names.length === LIMITS.headers)
      return { names, values, end: text.length, fault: faultOf(tooLarge, 513, 'Message Too Large') }
    const line = text.slice(start, end)
    const colon = line.indexOf(':')
    let value = line.slice(colon + 1).trim()
    while (text[at] === ' ' || text[at] === '\t') {
      end = endOfLine(text, at)
      if (value.length <= LIMITS.headerValue) value = `${value} ${text.slice(at, end).trim()}`.trim()
      at = behindLine(text, end)
    }
    const written = line.slice(0, Math.max(colon, 0)).trimEnd()
    if (written.length > LIMITS.headerName || !isToken(written))
      fault ??= faultOf(badStartLine, 400, 'Malformed Header Field')
    else if (value.length > LIMITS.headerValue) fault ??= faultOf(tooLarge, 400, `${written} Header Too Long`)
    else if (hasControl(value)) fault ??= headerFault(written)
    else {
      names.push(canonicalName(written))
      values.push(value)
    }
  }
  return { names, values, end: text.length, fault }
}

/** Bare CR and NUL: they would be copied into our responses. */
function hasControl(value: string): boolean {
  return value.includes('\r') || value.includes('\0')
}

/** Index of the CR or LF that ends the line, or the end of the text. */
function endOfLine(text: string, at: number): number {
  const lf = text.indexOf('\n', at)
  if (lf < 0) return text.length
  return lf > at && text[lf - 1] === '\r' ? lf - 1 : lf
}

function behindLine(text: string, end: number): number {
  if (text[end] === '\r') return end + 2
  return Math.min(end + 1, text.length)
}

/** RFC 3261 §25.1 token. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const alphanumeric = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122)
    if (!alphanumeric && !"-.!%*_+`'~".includes(text[i] as string)) return false
  }
  return text.length > 0
}
