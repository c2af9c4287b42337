import { LIMITS } from './limits.ts'
import { endOfQuoted, type Parameters, parseParameters, skipSpace, splitList, unquote } from './parameters.ts'
import { isToken } from './parse.ts'
import { parseDigits, parseHostPort, parseUri, type SipUri } from './uri.ts'

export interface Via {
  /** Upper case: UDP, TCP, TLS … */
  readonly transport: string
  readonly host: string
  readonly port: number | null
  readonly branch: string
  /** '' : the client asks for it (RFC 3581); a number once filled in; undefined: absent. */
  readonly rport: string | undefined
  readonly received: string | undefined
}

export interface NameAddress {
  readonly display: string
  /** The URI as written. */
  readonly uri: string
  readonly parameters: Parameters
}

/** One Via value (RFC 3261 §20.42). */
export function parseVia(text: string): Via | null {
  const slash1 = text.indexOf('/')
  const slash2 = text.indexOf('/', slash1 + 1)
  if (slash1 < 0 || slash2 < 0) return null
  if (text.slice(0, slash1).trim().toUpperCase() !== 'SIP' || text.slice(slash1 + 1, slash2).trim() !== '2.0')
    return null
  let at = skipSpace(text, slash2 + 1)
  const start = at
  while (at < text.length && text[at] !== ' ' && text[at] !== '\t') at++
  const transport = text.slice(start, at).toUpperCase()
  const semicolon = text.indexOf(';', at)
  const sentBy = text.slice(at, semicolon < 0 ? text.length : semicolon)
  const address = parseHostPort(tight(sentBy, ':'))
  const parameters = semicolon < 0 ? {} : parseParameters(text.slice(semicolon))
  if (!isToken(transport) || address === null || parameters === null) return null
  const { branch, rport, received } = parameters
  return { transport, host: address.host, port: address.port, branch: branch ?? '', rport, received }
}

/** Parts around a separator without the space that is allowed there. */
function tight(text: string, separator: string): string {
  return text
    .split(separator, 9)
    .map(part => part.trim())
    .join(separator)
}

/** From, To, Contact, Route, Record-Route: `"Display" <uri>;param` or `uri;param`. The URI itself is not checked here. */
export function parseNameAddress(text: string): NameAddress | null {
  let at = skipSpace(text, 0)
  let display = ''
  if (text[at] === '"') {
    const end = endOfQuoted(text, at)
    if (end < 0) return null
    display = unquote(text.slice(at, end))
    at = skipSpace(text, end)
    if (text[at] !== '<') return null
  }
  const open = text.indexOf('<', at)
  if (open < 0) {
    // Without brackets every parameter belongs to the header (RFC 3261 §20).
    const semicolon = text.indexOf(';', at)
    const uri = text.slice(at, semicolon < 0 ? text.length : semicolon).trim()
    const parameters = semicolon < 0 ? {} : parseParameters(text.slice(semicolon))
    if (uri === '' || parameters === null || uri.includes(' ') || uri.includes(',') || uri.includes('?')) return null
    return { display: '', uri, parameters }
  }
  if (at < open) {
    display = text.slice(at, open).trim()
    if (display.includes('"')) return null
  }
  const close = text.indexOf('>', open)
  if (close < 0) return null
  const uri = text.slice(open + 1, close).trim()
  const parameters = parseParameters(text.slice(close + 1))
  return uri === '' || parameters === null ? null : { display, uri, parameters }
}

export interface CSeq {
  readonly number: number
  readonly method: string
}

/** Numbers of 2^31 and more are refused (RFC 3261 §8.1.1.5). */
export function parseCSeq(text: string): CSeq | null {
  let at = 0
  while (at < text.length && text[at] !== ' ' && text[at] !== '\t') at++
  const number = parseDigits(text.slice(0, at), 0x7fff_ffff)
  const method = text.slice(skipSpace(text, at)).trim()
  return number === null || !isToken(method) ? null : { number, method }
}

/** All values of a list header over its repeats. Null: malformed or too many. */
export function listOf(fields: readonly string[]): string[] | null {
  const out: string[] = []
  for (const field of fields) {
    const values = splitList(field)
    if (values === null || out.length + values.length > LIMITS.listValues) return null
    for (const value of values) out.push(value)
  }
  return out
}

/** Route or Record-Route values as written, with each URI checked. Null: malformed or too many. */
export function parseRoutes(fields: readonly string[]): string[] | null {
  const values = listOf(fields)
  if (values === null || values.length > LIMITS.routes) return null
  for (const value of values) if (addressUri(value) === null) return null
  return values
}

/** The sip or sips URI of one name-addr value, parsed; null when it is none. */
export function addressUri(value: string): SipUri | null {
  const address = parseNameAddress(value)
  const uri = address === null ? null : parseUri(address.uri)
  return uri === null || typeof uri === 'string' ? null : uri
}

/** `Content-Type: type/subtype;parameters` with the type in lower case. */
export function parseMediaType(text: string): { type: string; parameters: Parameters } | null {
  const semicolon = text.indexOf(';')
  const type = tight(semicolon < 0 ? text : text.slice(0, semicolon), '/').toLowerCase()
  const slash = type.indexOf('/')
  if (!isToken(type.slice(0, Math.max(slash, 0))) || !isToken(type.slice(slash + 1))) return null
  const parameters = semicolon < 0 ? {} : parseParameters(text.slice(semicolon))
  return parameters === null ? null : { type, parameters }
}

/** Reason header (RFC 3326) as text for people: `Q.850 16 Normal call clearing`. Null: none, or malformed. */
export function reasonText(field: string | undefined): string | null {
  if (field === undefined) return null
  const first = splitList(field)?.[0]
  if (first === undefined) return null
  const semicolon = first.indexOf(';')
  const parameters = semicolon < 0 ? null : parseParameters(first.slice(semicolon))
  const protocol = semicolon < 0 ? first : first.slice(0, semicolon)
  if (!isToken(protocol.trim())) return null
  return [protocol.trim(), parameters?.['cause'], parameters?.['text']].filter(Boolean).join(' ').slice(0, 200)
}
