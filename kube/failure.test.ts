import { expect, it } from 'vitest'
import { errorOf, failureFrom, failureOf } from './failure.ts'

const status = (code: number, reason: string, message = '', details: object = {}) => ({
  kind: 'Status',
  code,
  reason,
  message,
  details,
})

it.each([
  [409, status(409, 'AlreadyExists'), 'exists'],
  [409, status(409, 'Conflict', 'the object has been modified'), 'conflict'],
  [409, status(409, 'Conflict', 'Precondition failed: UID in precondition: a, UID in object meta: b'), 'replaced'],
  [409, status(409, 'Conflict', 'the UID in the precondition (a) does not match the UID in record (b)'), 'replaced'],
  [409, status(409, 'Conflict', 'Operation cannot be fulfilled on pods "uid-1"'), 'conflict'],
  [422, status(422, 'Invalid', '', { causes: [{ field: 'metadata.uid' }] }), 'replaced'],
  [422, status(422, 'Invalid', '', { causes: [{ field: 'spec.x' }] }), 'refused'],
  [404, status(404, 'NotFound', '', { name: 'x', kind: 'pods' }), 'notFound'],
  [404, status(404, 'NotFound', 'the server could not find the requested resource', {}), 'notServed'],
  [404, '404 page not found', 'notServed'],
  [410, status(410, 'Expired'), 'expired'],
  [500, status(410, 'Gone'), 'expired'],
  [429, status(429, 'TooManyRequests'), 'busy'],
  [503, 'no upstream', 'busy'],
  [403, status(403, 'Forbidden'), 'forbidden'],
  [504, status(504, 'Timeout'), 'timeout'],
])('HTTP %s %j is %s', (code, body, kind) => {
  const failure = failureFrom(code, body)
  expect(failure.kind).toBe(kind)
  expect(failureOf(errorOf('get x', failure))).toEqual(failure)
})

it('reads how long to wait, from either place', () => {
  expect(failureFrom(429, status(429, 'x', '', { retryAfterSeconds: 3 }), '9').retryAfterMs).toBe(3000)
  expect(failureFrom(429, '', '9').retryAfterMs).toBe(9000)
  expect(failureFrom(429, '', null).retryAfterMs).toBeNull()
})
