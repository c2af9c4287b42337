import { expect, test } from 'vitest'
import { parsePortRange } from './settings.ts'

test('reads a range', () => {
  expect(parsePortRange('20000-24000')).toEqual({ from: 20_000, to: 24_000 })
})

test.each(['20000', '24000-20000', '80-90', '60000-70000', '20000-20000', 'a-b', ''])('refuses %s', text => {
  expect(() => parsePortRange(text)).toThrow('is not usable')
})
