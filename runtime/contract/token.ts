/**
 * Tokens by which our own pods trust each other: JWTs signed with Ed25519 (RFC 7519, 8037), each for one pod and one verb. This is what they
 * say and when they hold; signing is the operator's, checking signatures the worker's.
 */
import { z } from 'zod'

/** What a token lets its bearer do: follow the load, put revisions, drain, see and end calls. */
export const TOKEN_VERBS = ['load', 'revisions', 'drain', 'calls'] as const
export type TokenVerb = (typeof TOKEN_VERBS)[number]

/** `alg` and `typ` of every token (RFC 8725 §3.1, §3.11): a token that was made for something else is none of ours. */
export const TOKEN_HEADER = { alg: 'EdDSA', typ: 'switchboard-pod+jwt' } as const
export const TOKEN_ISSUER = 'switchboard-operator'
/** Seconds that a token holds. */
export const TOKEN_LIFETIME_S = 120
/** Seconds that the clocks of two nodes may be apart. */
export const TOKEN_LEEWAY_S = 120
/** No token is worth reading beyond this. */
export const TOKEN_MAX_CHARS = 2048

const MOST_LIFETIME_S = 2 * TOKEN_LIFETIME_S
/** RFC 7519 §2: seconds of the epoch. */
const numericDate = z.number().nonnegative().max(1e11)

const headerSchema = z.object({
  alg: z.literal(TOKEN_HEADER.alg),
  typ: z.literal(TOKEN_HEADER.typ),
  kid: z.string().min(1).max(200),
  // RFC 7515 §4.1.11: what we do not know must not be ignored
  crit: z.undefined().optional(),
})
const claimsSchema = z.object({ iss: z.literal(TOKEN_ISSUER), aud: z.string(), iat: numericDate, exp: numericDate })
export type TokenClaims = z.infer<typeof claimsSchema>

/** Who is asked, and for what. */
export interface TokenUse {
  readonly podUid: string
  readonly verb: TokenVerb
}

/** The audience of a token: one pod and one verb. */
export function audienceOf({ podUid, verb }: TokenUse): string {
  return `pod/${podUid}/${verb}`
}

/** @param nowS seconds of the epoch */
export function claimsOf(use: TokenUse, nowS: number): TokenClaims {
  const iat = Math.floor(nowS)
  return { iss: TOKEN_ISSUER, aud: audienceOf(use), iat, exp: iat + TOKEN_LIFETIME_S }
}

/** Why a token is not taken. For our own log: whoever sent it is not told. */
export type TokenFault = 'malformed' | 'audience' | 'expired' | 'early' | 'longLived' | 'unknownKey' | 'signature'

/**
 * Whether header and claims are those of a token for this use now; the signature is for the caller to check.
 * @returns null when they are
 */
export function claimsFault(header: unknown, claims: unknown, use: TokenUse, nowS: number): TokenFault | null {
  const { success, data } = claimsSchema.safeParse(claims)
  if (!success || !headerSchema.safeParse(header).success) return 'malformed'
  if (data.aud !== audienceOf(use)) return 'audience'
  // one that holds for years is a password; and an end before its beginning is no mistake of clocks
  if (data.exp - data.iat > MOST_LIFETIME_S || data.exp < data.iat) return 'longLived'
  if (data.iat > nowS + TOKEN_LEEWAY_S) return 'early'
  return data.exp < nowS - TOKEN_LEEWAY_S ? 'expired' : null
}
