/** Makes keys, and tokens with them. */
import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
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
  readonly key: KeyObject
}

export function signingKeyOf(ring: KeyRing): SigningKey {
  const { kid, x, d } = ring.keys.find(key => key.kid === ring.signing) as RingKey
  return { kid, key: createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' }) }
}

/**
 * A JWS in compact form (RFC 7515 §7.1), signed at once: each pod takes three, and a job of WebCrypto costs ten times the signature.
 *
 * @param now epoch milliseconds
 */
export function signToken({ kid, key }: SigningKey, use: TokenUse, now: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const said = `${part({ ...TOKEN_HEADER, kid })}.${part(claimsOf(use, now / 1000))}`
  return `${said}.${sign(null, Buffer.from(said), key).toString('base64url')}`
}
