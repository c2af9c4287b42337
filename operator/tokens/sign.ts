/** Makes keys, and tokens with them. */
import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import { claimsOf, TOKEN_HEADER, type TokenUse } from '#runtime/contract/token.ts'
import type { KeyRing, RingKey } from './key-ring.ts'

export async function makeKey(now: number): Promise<RingKey> {
  const { privateKey } = await generateKeyPair(TOKEN_HEADER.alg, { crv: 'Ed25519', extractable: true })
  const { x = '', d = '' } = await exportJWK(privateKey)
  return { kid: randomUUID(), createdAt: now, x, d }
}

/** The key that signs, ready for use. */
export interface SigningKey {
  readonly kid: string
  readonly key: CryptoKey | Uint8Array
}

export async function signingKeyOf(ring: KeyRing): Promise<SigningKey> {
  const { kid, x, d } = ring.keys.find(key => key.kid === ring.signing) as RingKey
  return { kid, key: await importJWK({ kty: 'OKP', crv: 'Ed25519', x, d }, TOKEN_HEADER.alg) }
}

/** @param now epoch milliseconds */
export function signToken({ kid, key }: SigningKey, use: TokenUse, now: number): Promise<string> {
  return new SignJWT({ ...claimsOf(use, now / 1000) }).setProtectedHeader({ ...TOKEN_HEADER, kid }).sign(key)
}
