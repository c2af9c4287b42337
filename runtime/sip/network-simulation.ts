/** User agents on a simulated network, for tests: time, loss, duplication and delay are the test's. */
import type { Ms, SipCommand, SipEvent, Source, Transport } from './api.ts'
import { latin1 } from './parse.ts'
import {
  command,
  createUserAgent,
  receive,
  type SipEffect,
  tick,
  type UserAgent,
  type UserAgentConfig,
} from './user-agent.ts'

export interface Packet {
  readonly at: Ms
  readonly text: string
  readonly bytes: Uint8Array
  readonly from: Source
  readonly to: { readonly address: string; readonly port: number }
}

export interface Peer {
  readonly name: string
  readonly ua: UserAgent
  readonly events: SipEvent[]
  /** Called for each event, in the same turn; may command the agent. */
  onEvent: (event: SipEvent) => void
  command(what: SipCommand): void
}

/** Deterministic hex, different per seed. Good enough for tests, never for the wire. */
export function seededHex(seed: number): (bytes: number) => string {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  return bytes => {
    let out = ''
    for (let i = 0; i < bytes; i++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      state >>>= 0
      out += (state & 255).toString(16).padStart(2, '0')
    }
    return out
  }
}

export class Network {
  now: Ms = 0
  readonly sent: Packet[] = []
  /** What happens to a packet: delays after which copies arrive; none: lost. */
  fate: (packet: Packet) => readonly Ms[] = () => [5]
  readonly #queue: Packet[] = []
  readonly #peers = new Map<string, Peer>()
  readonly transport: Transport

  constructor(transport: Transport = 'udp') {
    this.transport = transport
  }

  add(name: string, address: string, config: Partial<UserAgentConfig> = {}): Peer {
    const advertised = { address, udpPort: 5060, tcpPort: 5060 }
    const ua = createUserAgent({ advertised, ...config }, seededHex(this.#peers.size + 1))
    const events: SipEvent[] = []
    const peer: Peer = {
      name,
      ua,
      events,
      onEvent: () => {},
      command: what => this.#act(peer, out => command(peer.ua, what, this.now, out)),
    }
    this.#peers.set(address, peer)
    return peer
  }

  /** Hands a raw message to a peer as if it came from `from`; returns what the peer sent because of it. */
  inject(
    peer: Peer,
    text: string,
    from: Source = { transport: this.transport, address: '192.0.2.99', port: 5060, flow: null },
  ): string[] {
    const before = this.sent.length
    this.#act(peer, out => receive(peer.ua, Buffer.from(text, 'latin1'), from, this.now, out))
    return this.sent.slice(before).map(p => p.text)
  }

  /** Runs deliveries and timers until `until`. */
  run(until: Ms): void {
    for (let guard = 0; guard < 1_000_000; guard++) {
      this.#queue.sort((a, b) => a.at - b.at)
      let next = this.#queue[0]?.at ?? Infinity
      for (const peer of this.#peers.values()) next = Math.min(next, peer.ua.wakeAt ?? Infinity)
      if (next > until) break
      this.now = Math.max(this.now, next)
      const packet = this.#queue[0]
      if (packet !== undefined && packet.at <= this.now) {
        this.#queue.shift()
        const peer = this.#peers.get(packet.to.address)
        if (peer) this.#act(peer, out => receive(peer.ua, packet.bytes, packet.from, this.now, out))
        continue
      }
      for (const peer of this.#peers.values())
        if (peer.ua.wakeAt !== null && peer.ua.wakeAt <= this.now) this.#act(peer, out => tick(peer.ua, this.now, out))
    }
    this.now = Math.max(this.now, until)
  }

  #act(peer: Peer, work: (out: SipEffect[]) => void): void {
    const out: SipEffect[] = []
    work(out)
    for (const effect of out) {
      if (effect.do === 'event') {
        peer.events.push(effect.event)
        peer.onEvent(effect.event)
        continue
      }
      const { address, udpPort } = peer.ua.settings.advertised
      const from: Source = {
        transport: effect.to.transport,
        address,
        port: udpPort,
        flow: effect.to.transport === 'udp' ? null : address,
      }
      const packet: Packet = { at: this.now, text: latin1(effect.bytes), bytes: effect.bytes, from, to: effect.to }
      this.sent.push(packet)
      for (const delay of this.fate(packet)) this.#queue.push({ ...packet, at: this.now + delay })
    }
  }
}

/** Types of a peer's events, without faults. */
export function types(peer: Peer): string[] {
  return peer.events.filter(e => e.type !== 'fault').map(e => e.type)
}

/** Nothing is left in an agent: no call, no transaction. */
export function isEmpty(ua: UserAgent): boolean {
  return (
    ua.calls.size === 0 && ua.tags.size === 0 && ua.clients.size === 0 && ua.servers.size === 0 && ua.merges.size === 0
  )
}
