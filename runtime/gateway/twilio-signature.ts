/**
 * Twilio's signature of a request: base64 of HMAC-SHA1, by the Auth Token, over the URL as Twilio asked for it and, of a form, its sorted parameters.
 * https://www.twilio.com/docs/usage/security. Pure.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Names with their values, in the order of the body. */
export type Form = ReadonlyMap<string, readonly string[]>

export interface SignedRequest {
  /** As the carrier knows it: the public one. */
  readonly url: string
  /** Empty for a GET, an upgrade, or a JSON body. */
  readonly form: Form
  /** Of a body that is no form: the URL carries its SHA-256. */
  readonly body?: Uint8Array
}

export function signatureOf(token: string, url: string, form: Form): string {
  let text = url
  for (const name of [...form.keys()].sort())
    for (const value of [...new Set(form.get(name))].sort()) text += name + value
  return createHmac('sha1', token).update(text, 'utf8').digest('base64')
}

/** Constant in time over the signature. */
export function isSigned(token: string, request: SignedRequest, signature: string | undefined): boolean {
  if (signature === undefined || token === '') return false
  let good = false
  for (const url of spellings(request.url)) {
    // every spelling is looked at, so that none can be told by the time
    if (same(signatureOf(token, url, request.form), signature)) good = true
  }
  return good && (request.body === undefined || isHashed(request.url, request.body))
}

/** Twilio signs some URLs with their default port and some without. */
function spellings(url: string): string[] {
  const [, scheme = '', host = '', port, rest = ''] =
    /^([a-z]+):\/\/([^/?#:]+|\[[^\]]+\])(?::(\d+))?(.*)$/s.exec(url) ?? []
  if (host === '') return [url]
  const usual = scheme === 'https' || scheme === 'wss' ? '443' : '80'
  const bare = `${scheme}://${host}${rest}`
  if (port !== undefined) return port === usual ? [url, bare] : [url]
  // its own helper takes 80 for wss
  return [url, `${scheme}://${host}:${usual}${rest}`, ...(scheme === 'wss' ? [`${scheme}://${host}:80${rest}`] : [])]
}

function isHashed(url: string, body: Uint8Array): boolean {
  const [, said] = /[?&]bodySHA256=([0-9a-fA-F]{64})(?:&|$)/.exec(url) ?? []
  return said !== undefined && same(createHash('sha256').update(body).digest('hex'), said.toLowerCase())
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  if (left.length !== right.length) return false
  return timingSafeEqual(left, right)
}
