/** Digest access authentication (RFC 7616, RFC 8760): a challenge read, and its answer. The hash is given: a core has none of its own. */
import { endOfQuoted, skipSpace, unquote } from './parameters.ts'

export type DigestAlgorithm = 'MD5' | 'SHA-256'

export interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | null
  readonly algorithm: DigestAlgorithm
  /** The server takes `qop=auth`; false: it is older than RFC 2617. */
  readonly auth: boolean
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Lower-case hex. */
export type Hash = (algorithm: DigestAlgorithm, text: string) => string

/** Challenges read at most: what comes after them is not looked at. */
const MAX_CHALLENGES = 8
/** The better one first. */
const ALGORITHMS: readonly DigestAlgorithm[] = ['SHA-256', 'MD5']

/** The strongest challenge that can be answered, of `WWW-Authenticate` or `Proxy-Authenticate`; null: none can. */
export function strongest(fields: readonly string[]): Challenge | null {
  const all = fields.slice(0, MAX_CHALLENGES).flatMap(field => readChallenge(field) ?? [])
  for (const algorithm of ALGORITHMS) {
    const found = all.find(challenge => challenge.algorithm === algorithm)
    if (found !== undefined) return found
  }
  return null
}

/** One field; null: another scheme, another algorithm, integrity only, or malformed. */
export function readChallenge(field: string): Challenge | null {
  const scheme = /^\s*digest\s+/i.exec(field)
  if (scheme === null) return null
  const values = pairs(field.slice(scheme[0].length))
  const realm = values?.get('realm')
  const nonce = values?.get('nonce')
  if (values === null || realm === undefined || nonce === undefined || nonce === '') return null
  const named = (values.get('algorithm') ?? 'MD5').toUpperCase()
  const algorithm = ALGORITHMS.find(each => each === named)
  const qop = values
    .get('qop')
    ?.toLowerCase()
    .split(',')
    .map(each => each.trim())
  if (algorithm === undefined || (qop !== undefined && !qop.includes('auth'))) return null
  return { realm, nonce, opaque: values.get('opaque') ?? null, algorithm, auth: qop !== undefined }
}

/** `a=b, c="d"`; the first of a repeated name counts. Null: malformed. */
function pairs(text: string): Map<string, string> | null {
  const out = new Map<string, string>()
  for (let at = skipSpace(text, 0); at < text.length; ) {
    if (text[at] === ',') {
      at = skipSpace(text, at + 1)
      continue
    }
    const equals = text.indexOf('=', at)
    if (equals < 0) return null
    const name = text.slice(at, equals).trim().toLowerCase()
    at = skipSpace(text, equals + 1)
    let value: string
    if (text[at] === '"') {
      const end = endOfQuoted(text, at)
      if (end < 0) return null
      value = unquote(text.slice(at, end))
      at = end
    } else {
      const comma = text.indexOf(',', at)
      const end = comma < 0 ? text.length : comma
      value = text.slice(at, end).trim()
      at = end
    }
    if (name === '') return null
    if (!out.has(name)) out.set(name, value)
    at = skipSpace(text, at)
    if (at < text.length && text[at] !== ',') return null
  }
  return out
}

export interface DigestRequest {
  readonly challenge: Challenge
  readonly method: string
  /** As in the request line. */
  readonly uri: string
  readonly credentials: Credentials
  /** Random, of this answer alone. */
  readonly cnonce: string
  readonly hash: Hash
}

/** Value of `Authorization` or `Proxy-Authorization`. Each nonce is used once, so its count is 1. */
export function digestAnswer({ challenge, method, uri, credentials, cnonce, hash }: DigestRequest): string {
  const { realm, nonce, opaque, algorithm, auth } = challenge
  const { username, password } = credentials
  const h = (text: string): string => hash(algorithm, text)
  const a1 = h(`${username}:${realm}:${password}`)
  const a2 = h(`${method}:${uri}`)
  const nc = '00000001'
  const response = h(auth ? `${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}` : `${a1}:${nonce}:${a2}`)
  const parts = [
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
    ...(auth ? [`cnonce="${cnonce}"`, 'qop=auth', `nc=${nc}`] : []),
    ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
  ]
  return `Digest ${parts.join(', ')}`
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
