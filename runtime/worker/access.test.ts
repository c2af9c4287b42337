/** Who may use the HTTP contract, as whoever holds no right would try. Tokens are made by the library alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loopbackOnly, tokenAccess } from './access.ts'
import { wallTime } from './clock.ts'
import { createLogger } from './logger.ts'
import { startTestWorker } from './testing/test-worker.ts'
import { TokenKeys } from './token-keys.ts'
import type { Worker } from './worker.ts'

const POD = '6c1e7a4e-0000-4000-8000-000000000001'
const directory = mkdtempSync(join(tmpdir(), 'access-'))
const ours = await generateKeyPair('EdDSA', { extractable: true })
const theirs = await generateKeyPair('EdDSA', { extractable: true })
let worker: Worker

beforeAll(async () => {
  const file = join(directory, 'jwks.json')
  writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'k1' }] }))
  const log = createLogger('silent')
  const access = tokenAccess({ keys: await TokenKeys.open(file, log), podUid: POD, log, wallTime })
  worker = await startTestWorker('http://127.0.0.1:9/v1', { more: { access }, settings: { podUid: POD } })
})
afterAll(async () => {
  await worker.close()
  rmSync(directory, { recursive: true })
})

const now = Math.floor(Date.now() / 1000)
const good: JWTPayload = { iss: 'switchboard-operator', aud: `pod/${POD}/calls`, iat: now, exp: now + 120 }
const header = { alg: 'EdDSA', typ: 'switchboard-pod+jwt', kid: 'k1' }
const sign = (claims: JWTPayload = good, head: object = header, key = ours.privateKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ ...header, ...head }).sign(key)

async function ask(path: string, token: string | null, method = 'GET', body?: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${worker.httpPort}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  })
}

it('a token for this pod and verb is taken', async () => {
  const answer = await ask('/v1/calls', await sign())
  expect([answer.status, await answer.json()]).toEqual([200, { v: 1, calls: [] }])
})

describe('refused, with one answer for all', () => {
  it.each<[string, () => string | Promise<string> | null]>([
    ['nothing', () => null],
    ['an empty token', () => ''],
    ['no token', () => 'x'],
    ['another pod', () => sign({ ...good, aud: `pod/${POD.replace('1', '2')}/calls` })],
    ['another verb', () => sign({ ...good, aud: `pod/${POD}/load` })],
    ['several audiences', () => sign({ ...good, aud: [`pod/${POD}/calls`, `pod/${POD}/load`] })],
    ['expired', () => sign({ ...good, iat: now - 600, exp: now - 480 })],
    ['not yet', () => sign({ ...good, iat: now + 600, exp: now + 720 })],
    ['for a year', () => sign({ ...good, exp: now + 31_536_000 })],
    ['unsigned', () => new UnsecuredJWT(good).encode()],
    ['unsigned, as if it were', async () => (await sign()).replace(/[^.]+$/, '')],
    ['signed by another key', () => sign(good, {}, theirs.privateKey)],
    ['a key that is not known', () => sign(good, { kid: 'k2' })],
    [
      'another token’s signature',
      async () => (await sign()).replace(/[^.]+$/, (await sign({ ...good, jti: 'x' })).split('.')[2] ?? ''),
    ],
    [
      'signed by the public key as a secret',
      async () => {
        const { x = '' } = await exportJWK(ours.publicKey)
        return new SignJWT(good).setProtectedHeader({ ...header, alg: 'HS256' }).sign(Buffer.from(x, 'base64url'))
      },
    ],
    ['a token of a service account', () => sign({ ...good, iss: 'kubernetes/serviceaccount' }, { typ: 'JWT' })],
    ['a very long one', () => sign({ ...good, more: 'x'.repeat(3000) })],
  ])('%s', async (_name, token) => {
    const answer = await ask('/v1/calls', await token())
    expect([answer.status, await answer.text()]).toEqual([401, '{"ok":false,"why":"unauthorized"}'])
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each([
    ['GET', '/v1/load'],
    ['HEAD', '/v1/load'],
    ['GET', '/v1/calls'],
    ['DELETE', '/v1/calls/x'],
    ['POST', '/v1/drain'],
    ['PUT', '/v1/revisions/x-1'],
    ['GET', '/%761/calls'],
    ['GET', '/v1/calls?token=x'],
  ])('%s %s without a token', async (method, path) => {
    const body = method === 'POST' || method === 'PUT' ? '{"id":"d1","deadline":1}' : undefined
    expect((await ask(path, null, method, body)).status).toBe(401)
    expect(worker.draining).toBe(false)
  })

  it('before its body is read, however large', async () => {
    const answer = await ask('/v1/revisions/x-1', null, 'PUT', 'x'.repeat(20_000_000)).catch(() => null)
    // a client that is still sending may find the connection closed
    expect([401, undefined]).toContain(answer?.status)
    expect((await ask('/healthz', null)).status).toBe(200)
  })
})

it.each(['/healthz', '/readyz', '/metrics'])('%s needs none', async path => {
  expect((await ask(path, null)).status).toBe(200)
})

it('a path that there is not says so', async () => {
  expect((await ask('/v2/calls', null)).status).toBe(404)
})

it('without keys, /v1 is for this machine alone', async () => {
  const asking = { authorization: undefined, verb: 'drain' } as const
  for (const [address, wanted] of [
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.7', false],
    ['169.254.1.1', false],
    ['fe80::1', false],
    ['', false],
  ] as const)
    expect([address, await loopbackOnly.allows({ ...asking, address })]).toEqual([address, wanted])
})

it('a header that names another address is not believed', async () => {
  const open = await startTestWorker('http://127.0.0.1:9/v1', {
    more: { access: { allows: ({ address }) => Promise.resolve(address !== '127.0.0.1') } },
  })
  try {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' }
      request({ port: open.httpPort, path: '/v1/calls', headers }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(401)
  } finally {
    await open.close()
  }
})
