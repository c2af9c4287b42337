/** IP networks, IPv4 and IPv6. */

/** A network: `bits` leading bits of `bytes` (4 or 16) decide. */
export interface Cidr {
  readonly bytes: readonly number[]
  readonly bits: number
}

/** The bytes of an address; null when it is not one. An IPv4-mapped IPv6 address is its IPv4 address. */
export function parseAddress(text: string): number[] | null {
  const bytes = text.includes(':') ? parseV6(text) : parseV4(text)
  if (bytes?.length === 16 && bytes.slice(0, 10).every(b => b === 0) && bytes[10] === 255 && bytes[11] === 255)
    return bytes.slice(12)
  return bytes
}

function parseV4(text: string): number[] | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const bytes = parts.map(p => (/^(0|[1-9][0-9]{0,2})$/.test(p) ? Number(p) : 256))
  return bytes.every(b => b < 256) ? bytes : null
}

function parseV6(text: string): number[] | null {
  const halves = text.split('::')
  if (halves.length > 2 || !/^[0-9a-fA-F:.]{2,45}$/.test(text)) return null
  const [head, tail] = halves.map(half => words(half))
  if (!head || tail === null) return null
  if (tail === undefined) return head.length === 16 ? head : null
  const missing = 16 - head.length - tail.length
  return missing >= 2 ? [...head, ...Array<number>(missing).fill(0), ...tail] : null
}

function words(half: string): number[] | null {
  if (half === '') return []
  const out: number[] = []
  const parts = half.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = i === parts.length - 1 ? parseV4(part) : null
      if (!v4) return null
      out.push(...v4)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const word = Number.parseInt(part, 16)
      out.push(word >> 8, word & 255)
    } else return null
  }
  return out
}

/** A network from `address/bits`, or from one address; null when it is neither. */
export function parseCidr(text: string): Cidr | null {
  const [address = '', bits, more] = text.split('/')
  const bytes = parseAddress(address)
  if (!bytes || more !== undefined) return null
  if (bits === undefined) return { bytes, bits: bytes.length * 8 }
  if (!/^(0|[1-9][0-9]{0,2})$/.test(bits) || Number(bits) > bytes.length * 8) return null
  return { bytes, bits: Number(bits) }
}

/** What CEL's `isCIDR` accepts: an address with its prefix length, and no IPv4 address in the clothes of IPv6. */
export function isCidr(text: string): boolean {
  const network = parseCidr(text)
  return network !== null && text.includes('/') && text.includes(':') === (network.bytes.length === 16)
}

/** Whether an address lies in a network. */
export function contains(network: Cidr, address: readonly number[]): boolean {
  if (address.length !== network.bytes.length) return false
  for (let bit = 0; bit < network.bits; bit += 8) {
    const mask = (0xff00 >> Math.min(8, network.bits - bit)) & 0xff
    const i = bit >> 3
    if (((address[i] ?? 0) & mask) !== ((network.bytes[i] ?? 0) & mask)) return false
  }
  return true
}

/** The network of a text that `isCidr` takes, without bits behind its prefix: `10.0.0.0/8` for `10.0.0.1/8`. */
export function maskedCidr(text: string): string {
  const network = parseCidr(text)
  return network === null ? text : cidrText(network)
}

/** Whether no bit is set behind the prefix; also for what is no CIDR at all, which is another fault. */
export function isMasked(text: string): boolean {
  const network = parseCidr(text)
  return network === null || network.bytes.every((byte, i) => byte === maskedByte(network, i))
}

/** What was probably meant by a text that `isCidr` does not take: `10.244.0.0/16` for `10.244/16`; null when nobody can say. */
export function meantCidr(text: string): string | null {
  const [address = '', bits] = text.trim().split('/')
  const whole = /^[0-9]+(\.[0-9]+){0,2}\.?$/.test(address) && bits !== undefined
  const parts = address.split('.').filter(part => part !== '')
  const full = whole ? [...parts, '0', '0', '0'].slice(0, 4).join('.') : address
  const network = parseCidr(bits === undefined ? full : `${full}/${bits}`)
  return network === null ? null : cidrText(network)
}

/** What is wrong with a network that somebody wrote, and what to write; null: nothing. */
export function faultOfCidr(text: string): string | null {
  if (isCidr(text)) return isMasked(text) ? null : `has bits set behind its prefix: write ${maskedCidr(text)}`
  return `is not a CIDR: write ${meantCidr(text) ?? '203.0.113.0/24 or 2001:db8::/32'}`
}

function maskedByte({ bytes, bits }: Cidr, i: number): number {
  const kept = Math.min(8, Math.max(0, bits - i * 8))
  return (bytes[i] ?? 0) & (0xff00 >> kept) & 0xff
}

function cidrText(network: Cidr): string {
  const { bytes, bits } = network
  const masked = bytes.map((_, i) => maskedByte(network, i))
  if (masked.length === 4) return `${masked.join('.')}/${bits}`
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((masked[2 * i] ?? 0) * 256 + (masked[2 * i + 1] ?? 0)).toString(16),
  )
  // URL writes the longest run of zeros as "::"
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${bits}`
}
