import { expect, it } from 'vitest'
import { Expectations } from './expectations.ts'

it('waits until all that was written is seen, whichever way round it comes', () => {
  const e = new Expectations(1000)
  expect(e.state('r', 0)).toBe('satisfied')
  e.expectCreate('r', 'pod-1', 0)
  e.expectDelete('r', 'uid-2', 0)
  e.sawCreate('r', 'pod-1')
  e.sawCreate('r', 'pod-9')
  expect(e.state('r', 10)).toBe('waiting')
  expect(e.awaited('r')).toEqual({ creates: [], deletes: ['uid-2'] })
  e.sawDelete('r', 'uid-2')
  expect(e.state('r', 10)).toBe('satisfied')
})

it('says so when something never comes, and can be told to forget', () => {
  const e = new Expectations(1000)
  e.expectCreate('r', 'pod-1', 0)
  e.expectCreate('r', 'pod-2', 900)
  expect(e.state('r', 999)).toBe('waiting')
  expect(e.state('r', 1000)).toBe('expired')
  e.forget('r')
  expect(e.state('r', 1000)).toBe('satisfied')
})
