import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { createLogger } from './logger.ts'
import { readKeys, TokenKeys } from './token-keys.ts'

const directory = mkdtempSync(join(tmpdir(), 'keys-'))
const file = join(directory, 'jwks.json')
afterAll(() => rmSync(directory, { recursive: true }))

async function pair(kid: string): Promise<{ open: JWK; secret: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  return { open: { ...(await exportJWK(publicKey)), kid }, secret: { ...(await exportJWK(privateKey)), kid } }
}
const [one, two] = [await pair('one'), await pair('two')]
const jwks = (...keys: unknown[]): string => JSON.stringify({ keys })

it('takes the keys that tokens are signed with', async () => {
  expect([...(await readKeys(jwks(one.open, { ...two.open, alg: 'EdDSA', use: 'sig' }), 'f')).keys()]).toEqual([
    'one',
    'two',
  ])
})

describe('refuses', () => {
  it.each<[string, string]>([
    ['what is no JSON', '{'],
    ['no keys', jwks()],
    ['a private key', jwks(one.secret)],
    ['a shared secret', jwks({ kty: 'oct', k: 'c2VjcmV0', kid: 'one' })],
    ['another curve', jwks({ ...one.open, crv: 'X25519' })],
    ['a key without a name', jwks({ ...one.open, kid: undefined })],
    ['two keys of a name', jwks(one.open, { ...two.open, kid: 'one' })],
    ['more keys than anybody needs', jwks(...Array.from({ length: 9 }, (_, i) => ({ ...one.open, kid: `k${i}` })))],
  ])('%s', async (_name, text) => {
    await expect(readKeys(text, 'f')).rejects.toMatchObject({ code: 'SB_WORKER_TOKEN_KEYS' })
  })

  it('without a word of what is in the file', async () => {
    await expect(readKeys(jwks(one.secret), 'f')).rejects.not.toThrow(one.secret.d ?? '')
  })
})

it('follows the file: a new key is known within a second, and an old one forgotten within ten', async () => {
  let now = 0
  writeFileSync(file, jwks(one.open))
  const keys = await TokenKeys.open(file, createLogger('silent'), () => now)
  expect([await keys.find('one'), await keys.find('two')].map(key => key !== undefined)).toEqual([true, false])
  writeFileSync(file, jwks(two.open))
  now = 999
  expect(await keys.find('two')).toBeUndefined()
  now = 1000
  expect([await keys.find('two'), await keys.find('one')].map(key => key !== undefined)).toEqual([true, false])
  writeFileSync(file, jwks(one.open))
  now = 10_999
  expect(await keys.find('two')).toBeDefined()
  now = 11_000
  expect(await keys.find('two')).toBeUndefined()
})

it('a file that breaks later leaves the keys as they are', async () => {
  let now = 0
  writeFileSync(file, jwks(one.open))
  const keys = await TokenKeys.open(file, createLogger('silent'), () => now)
  for (const text of ['', jwks()]) {
    writeFileSync(file, text)
    now += 20_000
    expect(await keys.find('one')).toBeDefined()
  }
})

it('a worker without its keys does not start', async () => {
  const open = TokenKeys.open(join(directory, 'nowhere'), createLogger('silent'))
  await expect(open).rejects.toMatchObject({ code: 'SB_WORKER_TOKEN_KEYS' })
})
