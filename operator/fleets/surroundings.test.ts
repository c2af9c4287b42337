import { expect, it } from 'vitest'
import { disruptionBudget } from './surroundings.ts'

it('a budget wants more pods than there can be: no count of healthy ones, however old, lets go of one', () => {
  const { spec } = disruptionBudget({ namespace: 'acme', name: 'reception', uid: 'u' }, 3)
  expect(spec).toMatchObject({ minAvailable: 1_000_000, unhealthyPodEvictionPolicy: 'IfHealthyBudget' })
  expect(spec).not.toHaveProperty('maxUnavailable')
})
