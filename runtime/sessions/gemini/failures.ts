/** What the end of a connection means. The vendor closes with one of a few codes, and says why in words. */
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

/** Words of close frames, the first that fits: the codes alone (1007, 1008, 1011) mean several things each. */
const WORDS: readonly (readonly [RegExp, Closing])[] = [
  [/api.?key|unauthenticated|permission|access token/i, { make: sessionUnauthorized, retry: false }],
  [/billing|exceeded your current quota/i, { make: sessionLimited, retry: false }],
  [/quota|rate.?limit|resource.?exhausted/i, { make: sessionLimited, retry: true }],
  [/models?\/\S+ is not found|not supported for bidi/i, { make: sessionNotFound, retry: false }],
  [/deadline|duration|session.*(expired|aborted)|go.?away/i, { make: sessionExpired, retry: true }],
]
const DROPPED: Closing = { make: sessionDropped, retry: true }

/**
 * @param configured the setup was accepted: from here on what the vendor refuses was an accident of one moment (it closes at random with 1007,
 * 1008 and 1011 around tool calls), and another connection goes on where this one was
 */
export function judgeClose(code: number, reason: string, configured: boolean): Closing {
  const known = WORDS.find(([words]) => words.test(reason))?.[1]
  if (known !== undefined) return known
  if (code === 1011 || code === 1013) return { make: sessionUnavailable, retry: true }
  if (configured) return { ...DROPPED, retry: code !== 1000 }
  const refused = code === 1003 || code === 1007 || code === 1008
  return refused ? { make: sessionRefused, retry: false } : DROPPED
}
