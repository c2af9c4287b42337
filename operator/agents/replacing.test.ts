import { expect, test } from 'vitest'
import { Replacing } from './replacing.ts'

test('counts those of others, as they last were', () => {
  const replacing = new Replacing()
  replacing.set('acme/one', 2)
  replacing.set('acme/two', 3)
  replacing.set('acme/one', 1)
  expect([replacing.byOthers('acme/one'), replacing.byOthers('acme/two'), replacing.byOthers('acme/new')]).toEqual([
    3, 1, 4,
  ])
  replacing.set('acme/two', 0)
  replacing.set('acme/two', 0)
  expect([replacing.byOthers('acme/one'), replacing.byOthers('acme/two')]).toEqual([0, 1])
})
