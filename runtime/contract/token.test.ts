import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  audienceOf,
  claimsFault,
  claimsOf,
  TOKEN_HEADER,
  TOKEN_LEEWAY_S,
  TOKEN_LIFETIME_S,
  TOKEN_VERBS,
  type TokenUse,
} from './token.ts'

const header = { ...TOKEN_HEADER, kid: 'k1' }
const use: TokenUse = { podUid: '6c1e', verb: 'load' }
const NOW = 1_800_000_000
const claims = claimsOf(use, NOW)

describe('a token holds', () => {
  it.each([
    ['when it was made', 0],
    ['on a clock that is behind by the leeway', -TOKEN_LEEWAY_S],
    ['on a clock that is ahead, at the end of its life', TOKEN_LIFETIME_S + TOKEN_LEEWAY_S],
  ])('%s', (_name, passed) => {
    expect(claimsFault(header, claims, use, NOW + passed)).toBeNull()
  })
})

describe('a token does not hold', () => {
  it.each<[string, unknown, unknown, TokenUse, number, string]>([
    ['for another pod', header, claims, { ...use, podUid: '6c1f' }, NOW, 'audience'],
    ['for another verb', header, claims, { ...use, verb: 'drain' }, NOW, 'audience'],
    ['for several audiences', header, { ...claims, aud: [claims.aud] }, use, NOW, 'malformed'],
    ['after its life', header, claims, use, NOW + TOKEN_LIFETIME_S + TOKEN_LEEWAY_S + 1, 'expired'],
    ['long before it', header, claims, use, NOW - TOKEN_LEEWAY_S - 1, 'early'],
    ['for a day', header, { ...claims, exp: NOW + 86_400 }, use, NOW, 'longLived'],
    ['when it ends before it begins', header, { ...claims, exp: NOW - 1 }, use, NOW, 'longLived'],
    ['without an end', header, { ...claims, exp: undefined }, use, NOW, 'malformed'],
    ['of somebody else', header, { ...claims, iss: 'kubernetes' }, use, NOW, 'malformed'],
    ['unsigned', { ...header, alg: 'none' }, claims, use, NOW, 'malformed'],
    ['signed by a shared secret', { ...header, alg: 'HS256' }, claims, use, NOW, 'malformed'],
    ['made for something else', { ...header, typ: 'JWT' }, claims, use, NOW, 'malformed'],
    ['without a key', { ...header, kid: undefined }, claims, use, NOW, 'malformed'],
    ['with extensions we do not know', { ...header, crit: ['b64'] }, claims, use, NOW, 'malformed'],
    ['as no object', 'x', null, use, NOW, 'malformed'],
  ])('%s', (_name, head, body, wanted, now, fault) => {
    expect(claimsFault(head, body, wanted, now)).toBe(fault)
  })

  it('for any use but its own', () => {
    const uses = fc.record({ podUid: fc.string({ minLength: 1 }), verb: fc.constantFrom(...TOKEN_VERBS) })
    fc.assert(
      fc.property(uses, uses, (made, asked) => {
        const same = made.podUid === asked.podUid && made.verb === asked.verb
        expect(claimsFault(header, claimsOf(made, NOW), asked, NOW) === null).toBe(same)
        expect(audienceOf(made) === audienceOf(asked)).toBe(same)
      }),
    )
  })
})
