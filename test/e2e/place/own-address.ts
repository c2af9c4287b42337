/** The address of this machine that pods of a cluster know it by. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

const VARIABLE = 'SWITCHBOARD_E2E_HOST'

/**
 * The one that it has towards a node, unless it is told.
 * @param told `SWITCHBOARD_E2E_HOST` @throws Error in a sentence where that is none that an edge can stand on
 */
export async function ownAddress(told: string | undefined, node: string): Promise<string> {
  const address = told ?? (await towards(node))
  const why = unfitFor(address, ownAddresses())
  if (why === null) return address
  throw new Error(`${address} ${why}: name the address of this machine that pods reach with ${VARIABLE}`)
}

/** Pure. Why an edge cannot stand there, null where it can. @param own addresses of this machine */
export function unfitFor(address: string, own: readonly string[]): string | null {
  if (!isIPv4(address)) return 'is no IPv4 address'
  if (address.startsWith('127.')) return 'is reached from this machine alone'
  if (!own.includes(address)) return `is no address of this machine (${own.join(', ')})`
  return null
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(({ address }) => address))
}

/** No packet is sent: the kernel looks up where it would go. */
async function towards(node: string): Promise<string> {
  const socket = createSocket(isIPv4(node) ? 'udp4' : 'udp6')
  try {
    socket.connect(9, node)
    await once(socket, 'connect')
    return socket.address().address
  } finally {
    socket.close()
  }
}
