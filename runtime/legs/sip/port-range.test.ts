import { expect, test } from 'vitest'
import { PortRange } from './port-range.ts'

test('gives even ports with the next one inside the range', () => {
  const range = new PortRange(20_001, 20_007)
  const taken = [range.take(0), range.take(0), range.take(0)]
  expect(taken).toEqual([20_002, 20_004, 20_006])
  expect(range.take(0)).toBeNull()
})

test('a port given back rests before it is taken again, and the longest rested comes first', () => {
  const range = new PortRange(20_000, 20_003)
  const a = range.take(0) as number
  const b = range.take(0) as number
  range.give(b, 1000)
  range.give(a, 2000)
  expect(range.take(5000)).toBeNull()
  expect(range.take(11_000)).toBe(b)
  expect(range.take(11_999)).toBeNull()
  expect(range.take(12_000)).toBe(a)
  expect(range.taken).toBe(2)
})
