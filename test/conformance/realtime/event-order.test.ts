import { expect, test } from 'vitest'
import type { Entry } from './conversation.ts'
import { differences, orderOf } from './event-order.ts'

const entries = (phase: string, ...types: string[]): Entry[] =>
  types.map(type => ({ dir: 'in', phase, event: { type } as Entry['event'] }))

test('runs of deltas count once a response, and what may come at any time does not count', () => {
  const wire = entries(
    'p',
    'response.created',
    'rate_limits.updated',
    'a.delta',
    'b.delta',
    'a.delta',
    'a.done',
    'response.created',
    'a.delta',
  )
  expect(orderOf(wire, 'p')).toEqual([
    'response.created',
    'a.delta',
    'b.delta',
    'a.done',
    'response.created',
    'a.delta',
  ])
})

test('the first difference of a phase is named', () => {
  const ours = [...entries('p', 'x', 'y'), ...entries('q', 'x')]
  const theirs = [...entries('p', 'x', 'z'), ...entries('q', 'x', 'y')]
  expect(differences(ours, theirs, ['p', 'q'])).toEqual([
    { phase: 'p', ours: 'y', theirs: 'z' },
    { phase: 'q', ours: '(end)', theirs: 'y' },
  ])
  expect(differences(ours, ours, ['p', 'q'])).toEqual([])
})
