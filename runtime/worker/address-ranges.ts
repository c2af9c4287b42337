/** CIDR ranges of peers: who may speak SIP to us, and where media may come from. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

export class AddressRanges {
  readonly #list = new BlockList()

  /** @throws TypeError for what is not an address or CIDR. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', prefix] = range.split('/')
      const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null
      if (family === null) throw new TypeError(`${range} is not an address range`)
      this.#list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family)
    }
  }

  has(address: string): boolean {
    if (isIPv4(address)) return this.#list.check(address, 'ipv4')
    return isIPv6(address) && this.#list.check(address, 'ipv6')
  }
}

const PRIVATE = new AddressRanges([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
  '::1',
])

/** Not reachable over the public internet (RFC 1918, 6598, 3927, 4193, loopback). */
export function isPrivate(address: string): boolean {
  return PRIVATE.has(address)
}
