/** What the end of a provider's connection means. */
import type { SwitchboardError } from '#errors/registry.ts'
import type { SessionEvent } from '#runtime/call/ports.ts'
import { sessionLimited, sessionNotFound, sessionRefused, sessionUnauthorized, sessionUnavailable } from '../errors.ts'

/** `make` takes the vendor's words. `retry`: a new session may help. */
export interface Closing {
  readonly make: (detail: string) => SwitchboardError
  readonly retry: boolean
}

/** HTTP answers to the upgrade. A redirect is never followed: it would carry the credential elsewhere. */
export function judgeUpgrade(status: number, vendorCode: string): Closing {
  if (status === 401 || status === 403) return { make: sessionUnauthorized, retry: false }
  if (status === 404) return { make: sessionNotFound, retry: false }
  if (status === 429) return { make: sessionLimited, retry: vendorCode !== 'insufficient_quota' }
  if (status === 408 || status === 425 || status >= 500) return { make: sessionUnavailable, retry: true }
  return { make: sessionRefused, retry: false }
}

/** The core's part of it, once: from here on nothing is sent, and 'closed' is the last that is told. */
export function closeState(
  state: { phase: 'connecting' | 'configuring' | 'ready' | 'closed' },
  closing: Closing,
  detail: string,
  events: { push(event: SessionEvent): unknown },
): void {
  if (state.phase === 'closed') return
  state.phase = 'closed'
  const { code, message } = closing.make(detail)
  events.push({ type: 'closed', code, retry: closing.retry, message })
}
