import { expect, test } from 'vitest'
import { AddressRanges, isPrivate } from './address-ranges.ts'

test('knows single addresses, subnets and both families', () => {
  const ranges = new AddressRanges(['54.172.60.0/30', '10.1.2.3', '2001:db8::/32'])
  expect(['54.172.60.0', '54.172.60.3', '10.1.2.3', '2001:db8::1'].map(a => ranges.has(a))).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['54.172.60.4', '10.1.2.4', '2001:db9::1', '', 'localhost'].map(a => ranges.has(a))).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})

test('no ranges: nobody', () => {
  expect(new AddressRanges([]).has('127.0.0.1')).toBe(false)
})

test('refuses what is not an address', () => {
  expect(() => new AddressRanges(['sip.example.com'])).toThrow(TypeError)
})

test.each([
  ['10.0.0.1', true],
  ['172.31.255.255', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['127.0.0.1', true],
  ['100.64.0.1', true],
  ['8.8.8.8', false],
  ['fd00::1', true],
  ['2001:4860::1', false],
])('%s is private: %s', (address, expected) => {
  expect(isPrivate(address)).toBe(expected)
})
