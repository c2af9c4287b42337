import { expect, test } from 'vitest'
import { Impairment } from './impairment.ts'

const fates = (loss: number, jitter: number, seed: number): (number | null)[] => {
  const line = new Impairment({ lossPercent: loss, jitterMs: jitter }, seed)
  return Array.from({ length: 5000 }, () => line.fate())
}

test('a clean line loses and delays nothing', () => {
  expect(fates(0, 0, 1).every(fate => fate === 0)).toBe(true)
})

test('the same seed is the same bad line, another is another', () => {
  expect(fates(10, 30, 7)).toEqual(fates(10, 30, 7))
  expect(fates(10, 30, 7)).not.toEqual(fates(10, 30, 8))
})

test.each([1, 5, 50, 100])('about %i %% are lost', percent => {
  const lost = fates(percent, 0, 3).filter(fate => fate === null).length / 50
  expect(lost).toBeGreaterThan(percent * 0.8 - 0.01)
  expect(lost).toBeLessThan(percent * 1.2 + 0.01)
})

test('packets are late by up to the jitter, evenly, and loss does not change by how much', () => {
  const late = fates(0, 30, 5) as number[]
  expect(Math.min(...late)).toBeLessThan(1)
  expect(Math.max(...late)).toBeGreaterThan(29)
  expect(Math.max(...late)).toBeLessThan(30)
  const lossy = fates(20, 30, 5)
  for (const [i, fate] of lossy.entries()) expect([null, late[i]]).toContain(fate)
})
