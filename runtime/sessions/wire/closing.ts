/** What the end of a provider's connection means. */
import type { SwitchboardError } from '#errors/registry.ts'
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
