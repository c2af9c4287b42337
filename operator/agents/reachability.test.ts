import { expect, it } from 'vitest'
import type { Claim, Standing } from '#operator/trunks/claim.ts'
import { LASTING_MS, Reachability } from './reachability.ts'

const claim = {} as Claim
const standing = (...all: Standing['is'][]) => all.map(is => ({ claim, standing: { is } as Standing }))

it('is given by one claim that holds', () => {
  expect(new Reachability().of('a', standing('notGranted', 'held'), 0)).toBe(false)
})

it('is lost for good only after a while, and found again at once', () => {
  const reachability = new Reachability()
  expect(reachability.of('a', standing('claimed'), 1000)).toBe('now')
  expect(reachability.of('a', standing('noTrunk'), 1000 + LASTING_MS - 1)).toBe('now')
  expect(reachability.of('a', standing('noTrunk'), 1000 + LASTING_MS)).toBe('lasting')
  expect(reachability.since('a')).toBe(1000)
  expect(reachability.of('a', standing('held'), 1000 + LASTING_MS)).toBe(false)
  expect(reachability.since('a')).toBe(null)
})

it('is neither there nor lost while a claim is open: no pod is made for a number that may be another’s', () => {
  const reachability = new Reachability()
  expect(reachability.of('a', standing('open'), 0)).toBe('now')
  expect(reachability.of('a', standing('open'), LASTING_MS)).toBe('now')
  expect(reachability.since('a')).toBe(null)
})

it('forgets an agent that is gone', () => {
  const reachability = new Reachability()
  reachability.of('a', [], 0)
  reachability.forget('a')
  expect(reachability.of('a', [], LASTING_MS)).toBe('now')
})
