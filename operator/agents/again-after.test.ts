import { expect, it } from 'vitest'
import { againAfter } from './again-after.ts'

it.each([
  ['all was done', { done: 3, failed: 0, stale: 0 }, null],
  ['nothing was planned', { done: 0, failed: 0, stale: 0 }, null],
  ['a step was refused', { done: 1, failed: 1, stale: 0 }, 6000],
  ['something was not as planned from', { done: 1, failed: 0, stale: 1 }, 1500],
  ['both', { done: 0, failed: 1, stale: 1 }, 1500],
])('%s', (_what, executed, at) => {
  expect(againAfter(executed, 1000)).toBe(at)
})
