import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { digestAnswer, type Hash, readChallenge, strongest } from './digest.ts'

const hash: Hash = (algorithm, text) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex')

describe('a challenge', () => {
  it('is read with its quotes, spaces and order as they come', () => {
    expect(
      readChallenge('Digest  qop="auth, auth-int",algorithm=sha-256 , nonce="a\\"b", realm="x, y",opaque="o"'),
    ).toEqual({ realm: 'x, y', nonce: 'a"b', opaque: 'o', algorithm: 'SHA-256', auth: true })
    expect(readChallenge('digest realm="r", nonce=n')).toEqual({
      realm: 'r',
      nonce: 'n',
      opaque: null,
      algorithm: 'MD5',
      auth: false,
    })
  })

  it.each([
    'Basic realm="r"',
    'Digest realm="r"',
    'Digest nonce="n"',
    'Digest realm="r", nonce=""',
    'Digest realm="r, nonce="n"',
    'Digest realm="r", nonce="n", algorithm=MD5-sess',
    'Digest realm="r", nonce="n", algorithm=SHA-512-256',
    'Digest realm="r", nonce="n", qop="auth-int"',
    'Digest realm="r" nonce="n"',
    'Digest realm',
    '',
  ])('that cannot be answered is none: %s', field => {
    expect(readChallenge(field)).toBeNull()
  })

  it('SHA-256 is answered before MD5, whatever comes first', () => {
    const md5 = 'Digest realm="r", nonce="1", algorithm=MD5'
    const sha = 'Digest realm="r", nonce="2", algorithm=SHA-256'
    expect(strongest([md5, sha])?.nonce).toBe('2')
    expect(strongest(['Basic realm="x"', md5])?.nonce).toBe('1')
    expect(strongest([])).toBeNull()
  })
})

describe('the answer', () => {
  const mufasa = { username: 'Mufasa', password: 'Circle of Life' }
  const request = { method: 'GET', uri: '/dir/index.html', credentials: mufasa, hash }
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v'
  const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('with %s is that of RFC 7616 §3.9.1', (algorithm, response) => {
    const challenge = { realm: 'http-auth@example.org', nonce, opaque: null, algorithm, auth: true }
    const answer = digestAnswer({ ...request, challenge, cnonce })
    expect(answer).toContain(`response="${response}"`)
    expect(answer).toContain(`cnonce="${cnonce}", qop=auth, nc=00000001`)
  })

  it('without qop is that of RFC 2069', () => {
    const challenge = {
      realm: 'testrealm@host.com',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      opaque: '5ccc069c403ebaf9f0171e9517f40e41',
      algorithm: 'MD5',
      auth: false,
    } as const
    const credentials = { username: 'Mufasa', password: 'CircleOfLife' }
    const answer = digestAnswer({ ...request, credentials, challenge, cnonce: 'unused' })
    expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"')
    expect(answer).toContain('opaque="5ccc069c403ebaf9f0171e9517f40e41"')
    expect(answer).not.toContain('cnonce')
  })

  it('quotes what is quoted, and never holds the password', () => {
    const challenge = { realm: 'a"b\\c', nonce: 'n', opaque: null, algorithm: 'MD5', auth: true } as const
    const answer = digestAnswer({ ...request, challenge, cnonce: 'c' })
    expect(answer).toContain('realm="a\\"b\\\\c"')
    expect(answer).not.toContain('Circle')
  })
})
