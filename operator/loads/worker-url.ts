/** Where a worker's HTTP API is. */
import type { FollowedPod } from './followed-pod.ts'

/** `http://10.1.2.3:8080`; an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function originOf({ address }: Pick<FollowedPod, 'address'>, port: number): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
