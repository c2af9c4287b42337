/** Two agents and a call between them, for tests. */
import type { LocalMedia, SipEvent, Transport } from './api.ts'
import { Network, type Peer, types } from './network-simulation.ts'

export const A: LocalMedia = { address: '192.0.2.1', port: 10_000 }
export const B: LocalMedia = { address: '192.0.2.2', port: 20_000 }

export function pair(transport: Transport = 'udp', auto = true): { net: Network; a: Peer; b: Peer } {
  const net = new Network(transport)
  const a = net.add('a', '192.0.2.1')
  const b = net.add('b', '192.0.2.2')
  if (auto) {
    b.onEvent = e => {
      if (e.type !== 'incoming') return
      b.command({ do: 'ring', call: e.call })
      b.command({ do: 'answer', call: e.call, local: B })
    }
  }
  return { net, a, b }
}

export function dial(
  a: Peer,
  more: Partial<{ transport: Transport; offer: 'early' | 'late'; local: LocalMedia; ringMs: number }> = {},
): void {
  a.command({
    do: 'invite',
    call: 'x',
    to: 'sip:agent@192.0.2.2',
    from: 'sip:+14155550100@192.0.2.1',
    local: A,
    ...more,
  })
}

export function last<T extends SipEvent['type']>(peer: Peer, type: T): Extract<SipEvent, { type: T }> {
  const found = peer.events.findLast(e => e.type === type)
  if (found === undefined) throw new Error(`${peer.name} has no ${type}: ${types(peer).join(' ')}`)
  return found as Extract<SipEvent, { type: T }>
}

export const keyOf = (b: Peer): string => last(b, 'incoming').call
