/** The address of this machine that others reach it at. */
import { networkInterfaces } from 'node:os'

/** What can be reached of a socket bound to `host`. */
export function addressOf(host: string): string {
  if (host !== '0.0.0.0') return host
  for (const addresses of Object.values(networkInterfaces()))
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address
  return '127.0.0.1'
}
