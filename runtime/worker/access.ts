/** Who may use the HTTP contract: bearers of a token for this pod and verb; without keys, this machine alone. */
import { compactVerify, errors } from 'jose'
import { claimsFault, TOKEN_HEADER, TOKEN_MAX_CHARS, type TokenFault, type TokenVerb } from '#runtime/contract/token.ts'
import type { Logger } from './logger.ts'
import { isLoopback } from './private-address.ts'
import type { TokenKeys } from './token-keys.ts'

export interface Asking {
  /** The Authorization header. */
  readonly authorization: string | undefined
  readonly address: string
  readonly verb: TokenVerb
}

export interface Access {
  allows(asking: Asking): Promise<boolean>
}

/** No keys are configured: whoever is on this machine, as with `switchboard run`. */
export const loopbackOnly: Access = { allows: asking => Promise.resolve(isLoopback(asking.address)) }

/** Refusals are told once in this time: somebody who knocks all day must not fill the log. */
const LOG_EVERY_MS = 10_000

export interface TokenAccessOptions {
  readonly keys: TokenKeys
  readonly podUid: string
  readonly log: Logger
  /** Epoch milliseconds. */
  readonly wallTime: () => number
}

export function tokenAccess({ keys, podUid, log, wallTime }: TokenAccessOptions): Access {
  let loggedAt = -Infinity
  return {
    async allows({ authorization, address, verb }) {
      const fault = await tokenFault(keys, authorization, { podUid, verb }, wallTime() / 1000)
      if (fault === null) return true
      if (wallTime() - loggedAt >= LOG_EVERY_MS) {
        loggedAt = wallTime()
        log.warn({ fault, verb, address }, 'a request without a right to it was refused')
      }
      return false
    },
  }
}

/** What needs no signature comes first: who knows neither pod nor verb costs next to nothing. */
async function tokenFault(
  keys: TokenKeys,
  authorization: string | undefined,
  use: { podUid: string; verb: TokenVerb },
  nowS: number,
): Promise<TokenFault | null> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1] ?? ''
  if (token === '' || token.length > TOKEN_MAX_CHARS) return 'malformed'
  const [head = '', body = ''] = token.split('.')
  const header = decoded(head)
  const fault = claimsFault(header, decoded(body), use, nowS)
  if (fault !== null) return fault
  const key = await keys.find((header as { kid: string }).kid)
  if (key === undefined) return 'unknownKey'
  try {
    await compactVerify(token, key, { algorithms: [TOKEN_HEADER.alg] })
    return null
  } catch (error) {
    if (error instanceof errors.JOSEError) return 'signature'
    throw error
  }
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
