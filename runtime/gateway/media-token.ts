/** The token in a media URL: names one pending call, is signed, and is good for a short time. That it is good once is kept by whoever keeps the calls. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** From our answer to the carrier's socket: it dials at once. */
export const TOKEN_MS = 30_000
const MAC_BYTES = 24

export interface MediaToken {
  readonly trunk: string
  /** Random; the name of the pending call. */
  readonly nonce: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export function mintToken(key: Uint8Array, token: MediaToken): string {
  const expiry = token.expiresAt.toString(36)
  return `${token.nonce}.${expiry}.${macOf(key, token.trunk, token.nonce, expiry).toString('base64url')}`
}

/** Null: not ours, for another trunk, or too old. */
export function readToken(key: Uint8Array, trunk: string, text: string, now: number): MediaToken | null {
  const [, nonce = '', expiry = '', mac = ''] = /^([\w-]{16,64})\.([0-9a-z]{1,12})\.([\w-]{32})$/.exec(text) ?? []
  if (mac === '') return null
  const wanted = macOf(key, trunk, nonce, expiry)
  const given = Buffer.from(mac, 'base64url')
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  const expiresAt = Number.parseInt(expiry, 36)
  return now >= expiresAt ? null : { trunk, nonce, expiresAt }
}

/** Of a name in a URL that only we hand out, without a life of its own. */
export function tagOf(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(`name\0${text}`).digest().subarray(0, MAC_BYTES).toString('base64url')
}

function macOf(key: Uint8Array, trunk: string, nonce: string, expiry: string): Buffer {
  return createHmac('sha256', key).update(`media\0${trunk}\0${nonce}\0${expiry}`).digest().subarray(0, MAC_BYTES)
}
