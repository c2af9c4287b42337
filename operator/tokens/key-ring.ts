/** The keys that tokens are signed with, and when they change. Pure: times are epoch milliseconds, new keys are brought. */
import { z } from 'zod'

const HOUR = 3_600_000
/** A key signs for so long. */
export const ROTATE_EVERY_MS = 30 * 24 * HOUR
/** A key must have been known to workers for so long before it signs: mounts of ConfigMaps lag by minutes, an operator may be away for longer. */
export const SETTLE_MS = HOUR
/** A key that no longer signs is taken for so long: tokens of it are out, and another operator may sign with it until it has read the ring. */
export const RETIRE_MS = HOUR

/** Ed25519 (RFC 8037): `x` public, `d` private. */
const keySchema = z.strictObject({
  kid: z.string().min(1).max(200),
  createdAt: z.number(),
  x: z.base64url().length(43),
  d: z.base64url().length(43),
})
export type RingKey = z.infer<typeof keySchema>

export const keyRingSchema = z
  .strictObject({
    v: z.literal(1),
    /** The key that signs. */
    signing: z.string(),
    signingSince: z.number(),
    /** Oldest first. */
    keys: z.array(keySchema).min(1).max(3),
  })
  .refine(ring => ring.keys.some(key => key.kid === ring.signing), 'no key of the id that signs')
export type KeyRing = z.infer<typeof keyRingSchema>

/** What must be done to a ring. `make`: so many new keys; the first of a new ring signs at once, for nobody knows another. */
export interface RingPlan {
  readonly signing: string | null
  readonly drop: readonly string[]
  readonly make: number
}

/**
 * Two keys are live at any time: the one that signs, and the next one, which workers know long before; or, for an hour after a change, the
 * last one. @returns null when all is as it should be
 */
export function planRing(ring: KeyRing | null, now: number): RingPlan | null {
  if (ring === null) return { signing: null, drop: [], make: 2 }
  const at = ring.keys.findIndex(key => key.kid === ring.signing)
  const [older, next] = [ring.keys.slice(0, at), ring.keys[at + 1]]
  const signedMs = now - ring.signingSince
  if (next === undefined) {
    if (older.length > 0 && signedMs < RETIRE_MS) return null
    return { signing: ring.signing, drop: older.map(key => key.kid), make: 1 }
  }
  if (signedMs < ROTATE_EVERY_MS || now - next.createdAt < SETTLE_MS) return null
  return { signing: next.kid, drop: older.map(key => key.kid), make: 0 }
}

/** @param fresh as many keys as the plan wants made */
export function ringAfter(ring: KeyRing | null, plan: RingPlan, fresh: readonly RingKey[], now: number): KeyRing {
  const keys = [...(ring?.keys ?? []).filter(key => !plan.drop.includes(key.kid)), ...fresh]
  const signing = plan.signing ?? keys[0]?.kid ?? ''
  const signingSince = ring !== null && signing === ring.signing ? ring.signingSince : now
  return keyRingSchema.parse({ v: 1, signing, signingSince, keys })
}

/** A public key as workers are given it (RFC 7517, 8037). */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly alg: 'EdDSA'
  readonly use: 'sig'
  readonly kid: string
  readonly x: string
}

/** What workers check tokens with: a JWKS, without a private part. */
export interface PublicKeys {
  readonly keys: readonly PublicJwk[]
}

export function publicKeysOf(ring: KeyRing): PublicKeys {
  return {
    keys: ring.keys.map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x })),
  }
}
