/** Text from outside on its way into logs, errors and events. */
import type { SessionEvent } from '#runtime/call/ports.ts'

const MAX = 300
/** A shorter credential is a placeholder of a test or a simulator, and may be part of any word. */
const SHORTEST = 8
/** Vendors' credentials as they echo them ("Incorrect API key provided: sk-…", "…?key=AIza…"), masked or not. */
const CREDENTIAL =
  /\b(?:sk|ek|sess)[-_][\w*.-]{4,}|\bAIza[\w*.-]{4,}|\bauth_tokens\/\S+|[?&]key=[^\s&]+|\bBearer\s+\S+/gi

/** One line, bounded, without credentials: neither ours nor what looks like one. */
export function redact(text: string, secret: string): string {
  const known = secret.length < SHORTEST ? text : text.replaceAll(secret, '[redacted]')
  const line = known.replaceAll(CREDENTIAL, '[redacted]').replaceAll(/\s+/g, ' ').trim()
  return line.length > MAX ? `${line.slice(0, MAX - 1)}…` : line
}

/** An event with what the vendor says in it redacted. */
export function redactedEvent(event: SessionEvent, secret: string): SessionEvent {
  if ((event.type !== 'error' && event.type !== 'closed') || event.message === undefined) return event
  return { ...event, message: redact(event.message, secret) }
}
