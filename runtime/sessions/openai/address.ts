/** Where a session connects to. */
export const DEFAULT_BASE = 'wss://api.openai.com/v1/realtime'

const SOCKET_SCHEMES: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
}

/**
 * The socket's URL. A base may be the endpoint itself, the API's root as the vendor's SDK takes it (`https://host/v1`), or an origin alone;
 * http and https mean ws and wss. Query parameters of the base are kept.
 * @returns null for anything else, and for user names and passwords, which belong into no URL
 */
export function addressOf(base: string, model: string): URL | null {
  const url = URL.parse(base)
  const scheme = url === null ? undefined : SOCKET_SCHEMES[url.protocol]
  if (url === null || scheme === undefined || url.username !== '' || url.password !== '') return null
  url.protocol = scheme
  url.hash = ''
  const path = url.pathname.replace(/\/+$/, '')
  if (path === '') url.pathname = '/v1/realtime'
  else url.pathname = path.endsWith('/realtime') ? path : `${path}/realtime`
  url.searchParams.set('model', model)
  return url
}
