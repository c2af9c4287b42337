import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { carrierRanges } from './carrier-ranges.ts'
import { contains, faultOfCidr, isCidr, isMasked, maskedCidr, meantCidr, parseAddress, parseCidr } from './cidr.ts'

it.each([
  ['127.0.0.1', [127, 0, 0, 1]],
  ['::', Array.from({ length: 16 }, () => 0)],
  ['::1', [...Array.from({ length: 15 }, () => 0), 1]],
  ['2001:db8::ff00:42', [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0x42]],
  ['::ffff:10.1.2.3', [10, 1, 2, 3]],
])('%s is an address', (text, bytes) => {
  expect(parseAddress(text)).toEqual(bytes)
})

it.each([
  '',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4.5',
  ':',
  '1::2::3',
  '12345::',
  'g::',
  '1:2:3:4:5:6:7',
  '::1.2.3.256',
])('%j is none', text => {
  expect(parseAddress(text)).toBeNull()
})

it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/8/8', '::/129', 'x/8'])(
  '%j is no CIDR',
  text => {
    expect(isCidr(text)).toBe(false)
  },
)

it.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['54.172.60.0/30', '54.172.60.3', true],
  ['54.172.60.0/30', '54.172.60.4', false],
  ['168.86.128.0/18', '168.86.191.255', true],
  ['168.86.128.0/18', '168.86.192.0', false],
  ['203.0.113.7', '203.0.113.7', true],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['10.0.0.0/8', '::ffff:10.0.0.1', true],
  ['10.0.0.0/8', '::10.0.0.1', false],
])('%s and %s: %s', (network, address, inside) => {
  const [cidr, bytes] = [parseCidr(network), parseAddress(address)]
  expect(cidr && bytes && contains(cidr, bytes)).toBe(inside)
})

it('agrees with arithmetic on IPv4', () => {
  const word = fc.nat(2 ** 32 - 1)
  const bytes = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
  fc.assert(
    fc.property(word, word, fc.nat(32), (network, address, bits) => {
      const size = 2 ** (32 - bits)
      const same = Math.floor(network / size) === Math.floor(address / size)
      expect(contains({ bytes: bytes(network), bits }, bytes(address))).toBe(same)
    }),
  )
})

it('published ranges are networks, dated and sourced', () => {
  for (const { asOf, source, signalling, media } of Object.values(carrierRanges)) {
    expect(asOf).toMatch(/^20\d\d-\d\d-\d\d$/)
    expect(source).toMatch(/^https:\/\//)
    expect([...signalling, ...media].filter(text => !isCidr(text) || !isMasked(text))).toEqual([])
    expect(Math.min(signalling.length, media.length)).toBeGreaterThan(0)
  }
})

it.each([
  ['10.0.0.0/8', null],
  ['203.0.113.7/32', null],
  ['2001:db8::/32', null],
  ['::/0', null],
  ['10.244/16', 'is not a CIDR: write 10.244.0.0/16'],
  ['10/8', 'is not a CIDR: write 10.0.0.0/8'],
  ['10.244./16', 'is not a CIDR: write 10.244.0.0/16'],
  ['10.244.0.0', 'is not a CIDR: write 10.244.0.0/32'],
  ['2001:db8::1', 'is not a CIDR: write 2001:db8::1/128'],
  [' 10.0.0.0/8 ', 'is not a CIDR: write 10.0.0.0/8'],
  ['10.244.0.0/99', 'is not a CIDR: write 203.0.113.0/24 or 2001:db8::/32'],
  ['10.0.0.256/8', 'is not a CIDR: write 203.0.113.0/24 or 2001:db8::/32'],
  ['any', 'is not a CIDR: write 203.0.113.0/24 or 2001:db8::/32'],
  ['', 'is not a CIDR: write 203.0.113.0/24 or 2001:db8::/32'],
  ['10.0.0.1/8', 'has bits set behind its prefix: write 10.0.0.0/8'],
  ['192.168.0.0/15', null],
  ['192.169.0.0/15', 'has bits set behind its prefix: write 192.168.0.0/15'],
  ['2001:db8::1/32', 'has bits set behind its prefix: write 2001:db8::/32'],
  ['fe80::1/10', 'has bits set behind its prefix: write fe80::/10'],
])('%j: %s', (text, fault) => {
  expect(faultOfCidr(text)).toBe(fault)
})

it('a network that is proposed has nothing wrong, and is the same network', () => {
  const v4 = fc.tuple(fc.ipV4(), fc.nat(32))
  const v6 = fc.tuple(fc.ipV6(), fc.nat(128))
  fc.assert(
    fc.property(fc.oneof(v4, v6), ([address, bits]) => {
      const text = `${address}/${bits}`
      const [network, meant] = [parseCidr(text), meantCidr(text)]
      fc.pre(network !== null)
      expect(faultOfCidr(meant ?? '')).toBeNull()
      expect(maskedCidr(text)).toBe(meant)
      expect(network && contains(parseCidr(meant ?? '') ?? network, network.bytes)).toBe(true)
      expect(parseCidr(meant ?? '')?.bits).toBe(network?.bits)
    }),
  )
})
