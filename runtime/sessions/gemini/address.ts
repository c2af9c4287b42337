/** Where a session connects to. The credential goes by header and is in no address. */
export const DEFAULT_BASE = 'wss://generativelanguage.googleapis.com'

const METHOD = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent'
const SOCKET_SCHEMES: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
}
/** Query parameters by which the vendor takes a credential. */
const CREDENTIALS = ['key', 'access_token'] as const

/**
 * The socket's URL. A base may be an origin, one with a path before the API's own (a proxy), or the endpoint itself; http and https mean ws and wss.
 * @returns null for anything else, and for credentials, which belong into no URL
 */
export function addressOf(base: string): URL | null {
  const url = URL.parse(base)
  const scheme = url === null ? undefined : SOCKET_SCHEMES[url.protocol]
  if (url === null || scheme === undefined || url.username !== '' || url.password !== '') return null
  if (CREDENTIALS.some(name => url.searchParams.has(name))) return null
  url.protocol = scheme
  url.hash = ''
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path.endsWith('.BidiGenerateContent') ? path : `${path}${METHOD}`
  return url
}
