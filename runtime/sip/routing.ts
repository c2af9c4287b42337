import type { Target, Transport } from './api.ts'
import { addressUri } from './headers.ts'
import type { Dialog, Settings } from './state.ts'
import { bracket, isIpv4, parseUri, type SipUri } from './uri.ts'

/** Request-URI and Route headers of a request along a route set (RFC 3261 §12.2.1.1); a strict router first gets the old treatment. */
export function routed(routes: readonly string[], remoteTarget: string): { uri: string; routes: readonly string[] } {
  const [first, ...rest] = routes
  if (first === undefined) return { uri: remoteTarget, routes }
  const uri = addressUri(first)
  if (uri === null || 'lr' in uri.parameters) return { uri: remoteTarget, routes }
  const open = first.indexOf('<')
  const written = first.slice(open + 1, first.indexOf('>', open))
  return { uri: written, routes: [...rest, `<${remoteTarget}>`] }
}

/** Where a request of a dialog is sent. A connection of the peer is used again when it leads to the next hop. */
export function nextHop(dialog: Dialog): Target | null {
  const { source, adjacent } = dialog
  const hop = uriOf(dialog.routes[0] ?? dialog.remoteTarget)
  if (hop === null || hop.host === '') return source.address === '' ? null : source
  const transport = transportOf(hop) ?? source.transport
  const direct = adjacent && dialog.routes.length === 0
  if (transport !== 'udp') {
    const same = source.transport === transport && source.flow !== null && (direct || hop.host === source.address)
    return { transport, address: hop.host, port: hop.port ?? 5060, flow: same ? source.flow : null }
  }
  // A phone behind NAT writes an address that only it can reach: answer where it spoke from.
  if (direct && source.transport === 'udp' && isPrivate(hop.host) && !isPrivate(source.address)) return source
  return { transport, address: hop.host, port: hop.port ?? 5060, flow: null }
}

/** Where a request outside a dialog is sent, by its first Route or its URI; null: not reachable by SIP (tel:). */
export function targetOf(written: string, transport: Transport | undefined): Target | null {
  const hop = uriOf(written)
  if (hop === null || hop.host === '') return null
  return { transport: transport ?? transportOf(hop) ?? 'udp', address: hop.host, port: hop.port ?? 5060, flow: null }
}

function uriOf(written: string): SipUri | null {
  if (written.includes('<')) return addressUri(written)
  const uri = parseUri(written)
  return typeof uri === 'string' ? null : uri
}

function transportOf(uri: SipUri): Transport | null {
  const named = uri.parameters['transport']?.toLowerCase()
  if (named === 'udp' || named === 'tcp') return named
  return uri.scheme === 'sips' ? 'tcp' : null
}

/** RFC 1918, RFC 6598 and link-local addresses. */
function isPrivate(host: string): boolean {
  if (!isIpv4(host)) return false
  const [a, b] = host.split('.').map(Number) as [number, number]
  if (a === 10 || (a === 192 && b === 168) || (a === 169 && b === 254)) return true
  return (a === 172 && b >= 16 && b <= 31) || (a === 100 && b >= 64 && b <= 127)
}

export function contactOf(settings: Settings, transport: Transport): string {
  return `<sip:${settings.user}@${hostPort(settings, transport)}${transport === 'tcp' ? ';transport=tcp' : ''}>`
}

/** Our Via with `rport` (RFC 3581). */
export function viaOf(settings: Settings, transport: Transport, branch: string): string {
  return `SIP/2.0/${transport.toUpperCase()} ${hostPort(settings, transport)};branch=${branch};rport`
}

function hostPort(settings: Settings, transport: Transport): string {
  const { address, udpPort, tcpPort } = settings.advertised
  return `${bracket(address)}:${transport === 'udp' ? udpPort : tcpPort}`
}
