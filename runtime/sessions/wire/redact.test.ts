import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { redact } from './redact.ts'
import { refusalOf } from './refusal.ts'

test.each([
  ['Incorrect API key provided: sk-proj-abc_DEF-123.', 'k', 'Incorrect API key provided: [redacted]'],
  ['Incorrect API key provided: sk-abc***************xyz. See', 'k', 'Incorrect API key provided: [redacted] See'],
  ['header Authorization: Bearer abc.def', 'k', 'header Authorization: [redacted]'],
  ['client secret ek_0123456789 expired', 'k', 'client secret [redacted] expired'],
  ['API key not valid: AIzaSyA-b_c123', 'k', 'API key not valid: [redacted]'],
  ['wss://host/ws/X?key=abc&alt=1', 'k', 'wss://host/ws/X[redacted]&alt=1'],
  ['key my secret is wrong, my secret!', 'my secret', 'key [redacted] is wrong, [redacted]!'],
  ['two\nlines\u0000\tand  more', '', 'two lines\u0000 and more'],
  ['a desk-side task, risk-free', 'k'.repeat(9), 'a desk-side task, risk-free'],
])('%j', (text, secret, expected) => {
  expect(redact(text, secret)).toBe(expected)
})

test('never the secret, never more than a line of 300 characters', () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[a-z0-9]{8,20}$/), fc.string({ maxLength: 500 }), (a, secret, b) => {
      const text = redact(a + secret + b, secret)
      expect(text).not.toContain(secret)
      expect(text.length).toBeLessThanOrEqual(300)
      expect(text).not.toContain('\n')
    }),
  )
})

test.each([
  [
    401,
    '{"error":{"code":"invalid_api_key","message":"no"}}',
    { code: 'invalid_api_key', words: 'HTTP 401: invalid_api_key: no' },
  ],
  [502, '<html>', { code: '', words: 'HTTP 502' }],
  [404, '{"error":"x"}', { code: '', words: 'HTTP 404' }],
  [500, 'null', { code: '', words: 'HTTP 500' }],
])('HTTP %i %s', (status, body, expected) => {
  expect(refusalOf(status, body)).toEqual({ status, ...expected })
})
