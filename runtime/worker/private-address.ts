/** Whether an address can be reached over the public internet. */
import { type Cidr, contains, parseAddress, parseCidr } from '#crds/cidr.ts'

/** RFC 1918, 6598 and 3927, loopback, and their IPv6 kin (RFC 4193, 4291). */
const PRIVATE: readonly Cidr[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
].flatMap(text => parseCidr(text) ?? [])

const LOOPBACK: readonly Cidr[] = ['127.0.0.0/8', '::1/128'].flatMap(text => parseCidr(text) ?? [])

export function isPrivate(address: string): boolean {
  return isIn(PRIVATE, address)
}

/** Whether an address is of this machine alone. */
export function isLoopback(address: string): boolean {
  return isIn(LOOPBACK, address)
}

function isIn(networks: readonly Cidr[], address: string): boolean {
  const bytes = parseAddress(address)
  return bytes !== null && networks.some(network => contains(network, bytes))
}
