import { expect, it } from 'vitest'
import { deniedFlag, networksFlag } from './operator-networks.ts'

it.each([
  ['10.244/16', '"10.244/16" is not a CIDR: write 10.244.0.0/16'],
  ['10.244.0.0/99', '"10.244.0.0/99" is not a CIDR: write 203.0.113.0/24 or 2001:db8::/32'],
  ['10.96.0.1', '"10.96.0.1" is not a CIDR: write 10.96.0.1/32'],
  ['10.0.0.1/8', '"10.0.0.1/8" has bits set behind its prefix: write 10.0.0.0/8'],
  ['10.0.0.0/8,fd00::/8', '"10.0.0.0/8,fd00::/8" is not a CIDR: write 203.0.113.0/24 or 2001:db8::/32'],
])('no list of networks takes %s', (value, words) => {
  expect(() => networksFlag(value)).toThrow(words)
  expect(() => deniedFlag(value)).toThrow(words)
})

it('what is sound is kept, in its order', () => {
  expect(networksFlag('fd00::/8', networksFlag('10.244.0.0/16'))).toEqual(['10.244.0.0/16', 'fd00::/8'])
  expect(deniedFlag('fd00::/8', deniedFlag('10.244.0.0/16'))).toEqual(['10.244.0.0/16', 'fd00::/8'])
})

it.each(['0.0.0.0/0', '::/0'])('%s may be asked, and cannot be denied', value => {
  expect(networksFlag(value)).toEqual([value])
  expect(() => deniedFlag(value)).toThrow('is every address, and would deny nothing')
})
