/** Who may open a Realtime socket: path, key and query as the vendor checks them. */
import type { IncomingMessage } from 'node:http'

export type Admission =
  | { readonly model: string }
  | { readonly status: number; readonly code: string; readonly message: string }

/** Browsers cannot set headers: the key rides in a subprotocol. */
const KEY_PROTOCOL = 'openai-insecure-api-key.'

export function admit(request: IncomingMessage, badKeys: ReadonlySet<string>): Admission {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (!/\/realtime\/?$/.test(url.pathname)) {
    return { status: 404, code: 'unknown_url', message: `Unknown request URL: GET ${url.pathname}.` }
  }
  const key = keyOf(request)
  if (key === null) {
    return {
      status: 401,
      code: 'missing_api_key',
      message: 'Missing bearer or basic authentication in header',
    }
  }
  if (badKeys.has(key)) {
    return { status: 401, code: 'invalid_api_key', message: 'Incorrect API key provided.' }
  }
  const said = ['model', 'call_id', 'intent'].filter(name => url.searchParams.has(name))
  if (said.length > 1) {
    return { status: 400, code: 'invalid_request', message: `Only one of ${said.join(', ')} may be given.` }
  }
  if (url.searchParams.has('call_id')) {
    return { status: 404, code: 'call_id_not_found', message: 'No session found for the provided call_id.' }
  }
  const model = url.searchParams.get('model')
  if (model === null || model === '') {
    return { status: 400, code: 'missing_model', message: 'You must provide a model parameter.' }
  }
  return { model }
}

function keyOf(request: IncomingMessage): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(p => p.trim())
  return protocols.find(p => p.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length) || null
}

/** A whole HTTP answer to a refused upgrade. */
export function refusedUpgrade(status: number, code: string, message: string): string {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error'
  const body = JSON.stringify({ error: { message, type, code, param: null } })
  return [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 429 ? ['Retry-After: 1'] : []),
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
