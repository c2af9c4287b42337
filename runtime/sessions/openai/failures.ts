/** What a failure means: by error code, by close code. Tables, so that each row can be read and tested. */
import {
  sessionDropped,
  sessionExpired,
  sessionLimited,
  sessionNotFound,
  sessionRefused,
  sessionUnauthorized,
  sessionUnavailable,
} from '../errors.ts'
import type { Closing } from '../wire/closing.ts'

export type Verdict = 'harmless' | 'recoverable' | Closing

/**
 * `error` events. A code that is not here is recoverable: the API keeps the session open after most errors, and says so.
 * Harmless ones answer a race that we may lose at any time.
 */
const ERRORS: Readonly<Record<string, Verdict>> = {
  response_cancel_not_active: 'harmless', // the response ended as we cancelled it
  input_audio_buffer_commit_empty: 'harmless',
  conversation_already_has_active_response: 'recoverable', // the server's own response was faster; wait for its end
  invalid_value: 'recoverable',
  missing_required_parameter: 'recoverable',
  rate_limit_exceeded: 'recoverable',
  inference_rate_limit_exceeded: 'recoverable',
  session_expired: { make: sessionExpired, retry: true },
  invalid_api_key: { make: sessionUnauthorized, retry: false },
  insufficient_quota: { make: sessionLimited, retry: false },
  model_not_found: { make: sessionNotFound, retry: false },
}

export function judgeError(code: string): Verdict {
  return Object.hasOwn(ERRORS, code) ? (ERRORS[code] ?? 'recoverable') : 'recoverable'
}

/** An error while the session is being configured: without its configuration a session is of no use. */
export function judgeRefusal(code: string, type: string): Closing {
  const verdict = judgeError(code)
  if (typeof verdict === 'object') return verdict
  if (code.includes('rate_limit')) return { make: sessionLimited, retry: true }
  return type === 'server_error' ? { make: sessionUnavailable, retry: true } : { make: sessionRefused, retry: false }
}

/** Close codes after which the vendor's own client reconnects (`openai` 7.57); on every other it gives up. */
const RETRY_AFTER: ReadonlySet<number> = new Set([1001, 1005, 1006, 1011, 1012, 1013, 1015])

export function judgeClose(code: number): Closing {
  return { make: sessionDropped, retry: RETRY_AFTER.has(code) }
}
