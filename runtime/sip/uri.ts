import { LIMITS } from './limits.ts'
import { decodePercent, type Parameters, parseParameters } from './parameters.ts'

/** A SIP, SIPS or TEL URI (RFC 3261 §19.1, RFC 3966). */
export interface SipUri {
  readonly scheme: 'sip' | 'sips' | 'tel'
  /** Percent-decoded; for tel: the number without visual separators. '' when absent. */
  readonly user: string
  /** Lower case; IPv6 without brackets; '' for tel:. */
  readonly host: string
  readonly port: number | null
  readonly parameters: Parameters
}

export type UriProblem = 'malformed' | 'scheme' | 'too-long'

/** Parses a URI as it stands in a request line or between angle brackets. */
export function parseUri(text: string): SipUri | UriProblem {
  if (text.length > LIMITS.uri) return 'too-long'
  const colon = text.indexOf(':')
  if (colon < 1 || !isScheme(text, colon)) return 'malformed'
  const scheme = text.slice(0, colon).toLowerCase()
  const rest = text.slice(colon + 1)
  if (!isClean(rest)) return 'malformed'
  if (scheme === 'tel') return parseTel(rest)
  if (scheme !== 'sip' && scheme !== 'sips') return 'scheme'
  const at = rest.indexOf('@')
  let user = ''
  if (at >= 0) {
    const info = rest.slice(0, at)
    const password = info.indexOf(':')
    const decoded = decodePercent(password < 0 ? info : info.slice(0, password))
    if (decoded === null || decoded === '') return 'malformed'
    user = decoded
  }
  const tail = rest.slice(at + 1)
  const question = tail.indexOf('?')
  const address = question < 0 ? tail : tail.slice(0, question)
  const semicolon = address.indexOf(';')
  const hostPort = parseHostPort(semicolon < 0 ? address : address.slice(0, semicolon))
  if (hostPort === null) return 'malformed'
  const parameters = semicolon < 0 ? {} : parseParameters(address.slice(semicolon))
  if (parameters === null) return 'malformed'
  return { scheme, user, host: hostPort.host, port: hostPort.port, parameters }
}

function parseTel(rest: string): SipUri | UriProblem {
  const semicolon = rest.indexOf(';')
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon)
  let user = ''
  for (let i = 0; i < number.length; i++) {
    const c = number[i] as string
    if (c === '-' || c === '.' || c === '(' || c === ')') continue
    const digit = (c >= '0' && c <= '9') || (c === '+' && i === 0) || c === '*' || c === '#' || isHexLetter(c)
    if (!digit) return 'malformed'
    user += c
  }
  const parameters = semicolon < 0 ? {} : parseParameters(rest.slice(semicolon))
  if (user === '' || user === '+' || parameters === null) return 'malformed'
  return { scheme: 'tel', user, host: '', port: null, parameters }
}

/** `host[:port]` with IPv6 in brackets. */
export function parseHostPort(text: string): { host: string; port: number | null } | null {
  let end: number
  let host: string
  if (text.startsWith('[')) {
    end = text.indexOf(']')
    if (end < 0) return null
    host = text.slice(1, end).toLowerCase()
    if (!isIpv6(host)) return null
    end++
  } else {
    end = text.indexOf(':')
    if (end < 0) end = text.length
    host = text.slice(0, end).toLowerCase()
    if (!isHostName(host)) return null
  }
  if (end === text.length) return { host, port: null }
  if (text[end] !== ':') return null
  const port = parseDigits(text.slice(end + 1), 65_535)
  return port === null || port === 0 ? null : { host, port }
}

/** A URI part ready for the wire: IPv6 gets its brackets. */
export function bracket(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

/** Digits only, no sign, no spaces, at most `max`. */
export function parseDigits(text: string, max: number): number | null {
  if (text.length === 0 || text.length > 10) return null
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  return value > max ? null : value
}

export function isIpv4(host: string): boolean {
  const parts = host.length > 15 ? [] : host.split('.')
  return parts.length === 4 && parts.every(p => p.length > 0 && p.length <= 3 && parseDigits(p, 255) !== null)
}

export function isIpv6(host: string): boolean {
  if (host.length < 2 || host.length > 45 || !host.includes(':') || host.includes(':::')) return false
  const halves = host.split('::')
  if (halves.length > 2) return false
  let groups = 0
  const parts = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      if (!isIpv4(part)) return false
      groups += 2
      continue
    }
    if (part.length < 1 || part.length > 4) return false
    for (const c of part) if (!(c >= '0' && c <= '9') && !isHexLetter(c)) return false
    groups++
  }
  return halves.length === 2 ? groups < 8 : groups === 8
}

export function isHostName(host: string): boolean {
  if (host.length === 0 || host.length > 253) return false
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i)
    const fine = (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 45 || c === 46 || c === 95
    if (!fine) return false
  }
  return host[0] !== '.' && host[0] !== '-'
}

function isHexLetter(c: string): boolean {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
}

function isScheme(text: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i) | 32
    const letter = c >= 97 && c <= 122
    const other = i > 0 && ((c >= 48 && c <= 57) || text[i] === '+' || text[i] === '-' || text[i] === '.')
    if (!letter && !other) return false
  }
  return true
}

/** No spaces, control characters, quotes or angle brackets: what may never stand unescaped in a URI. */
function isClean(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c <= 32 || c === 127 || c === 34 || c === 60 || c === 62) return false
  }
  return text.length > 0
}
