import { expect, it } from 'vitest'
import { askedOf } from './audit-log.ts'

const EVENT = {
  verb: 'patch',
  user: { username: 'admin' },
  objectRef: {
    resource: 'voiceagents',
    subresource: 'status',
    apiGroup: 'switchboard.dev',
    namespace: 'acme',
    name: 'a',
  },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: '2026-11-27T11:29:15.699556Z',
  annotations: { 'authorization.k8s.io/decision': 'allow' },
}

it('reads who asked for what', () => {
  expect(askedOf(JSON.stringify(EVENT))).toEqual({
    at: Date.parse('2026-11-27T11:29:15.699Z'),
    user: 'admin',
    verb: 'patch',
    group: 'switchboard.dev',
    resource: 'voiceagents/status',
    namespace: 'acme',
    name: 'a',
    code: 200,
    forbidden: false,
  })
})

it('names both where one asks in the name of another, and knows a refusal', () => {
  const event = {
    ...EVENT,
    impersonatedUser: { username: 'tina' },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  }
  expect(askedOf(JSON.stringify(event))).toMatchObject({ user: 'admin as tina', forbidden: true })
})

it('leaves out what asks for no object', () => {
  expect(askedOf(JSON.stringify({ ...EVENT, objectRef: undefined }))).toBe(null)
})
