import { LIMITS } from './limits.ts'
import type { SipMessage } from './message.ts'

/** Headers that the upper layer may want: identity, history, the carrier's own ids, trace context. Everything `X-` besides. */
const KEPT = new Set([
  'p-asserted-identity',
  'p-preferred-identity',
  'remote-party-id',
  'privacy',
  'diversion',
  'history-info',
  'p-called-party-id',
  'p-charging-vector',
  'identity',
  'user-agent',
  'server',
  'subject',
  'session-id',
  'user-to-user',
  'reason',
  'geolocation',
  'referred-by',
  'alert-info',
  'traceparent',
  'tracestate',
  'baggage',
  'accept-language',
]) // prettier-ignore

/** Copies them by lower-case name, values as on the wire, bounded. Untrusted. */
export function keptHeaders(message: SipMessage): Record<string, string[]> {
  const out: Record<string, string[]> = {}
  let count = 0
  for (let i = 0; i < message.names.length && count < LIMITS.keptHeaders; i++) {
    const name = message.names[i] as string
    if (!KEPT.has(name) && !name.startsWith('x-')) continue
    const list = (out[name] ??= [])
    list.push((message.values[i] as string).slice(0, LIMITS.keptHeaderValue))
    count++
  }
  return out
}
