/** A tool call as an HTTP request. */
import { toolFault } from './errors.ts'
import type { HttpToolDeclaration } from './tool.ts'

/** Set by the transport, by us, or a way to confuse either; a declaration cannot change them. */
const RESERVED = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'te', 'traceparent'])

/**
 * POST sends the arguments as a JSON body. GET sends them as query parameters beside those of the URL: lists repeat the name, objects are
 * JSON. User name and password of the URL become an `Authorization` header, unless one is declared: fetch refuses them in the URL, and
 * says them in its refusal.
 */
export function requestOf(
  { http }: HttpToolDeclaration,
  args: Readonly<Record<string, unknown>>,
  traceparent: string | undefined,
): { url: URL; init: { method: string; headers: Headers; body: string | null } } {
  const url = URL.parse(http.url)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw toolFault()
  const headers = new Headers({ accept: 'application/json, text/plain;q=0.9', 'user-agent': 'switchboard' })
  if (url.username !== '' || url.password !== '') {
    const credential = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.set('authorization', `Basic ${Buffer.from(credential).toString('base64')}`)
    url.username = ''
    url.password = ''
  }
  let body: string | null = null
  if (http.method === 'POST') {
    headers.set('content-type', 'application/json')
    body = JSON.stringify(args)
  } else {
    for (const [name, value] of Object.entries(args)) {
      for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, wordOf(one))
    }
  }
  for (const { name, value } of http.headers) if (!RESERVED.has(name.toLowerCase())) headers.set(name, value)
  if (traceparent !== undefined) headers.set('traceparent', traceparent)
  return { url, init: { method: http.method, headers, body } }
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
