/** Timers and states of RFC 3261 §17 and RFC 6026, seen on the wire. */
import { describe, expect, it } from 'vitest'

import { isEmpty, types } from './network-simulation.ts'
import { field, local, PEER, request, start, times, world } from './scripted-peer.ts'

describe('INVITE server', () => {
  it('repeats a refusal by timer G until ACK, then absorbs ACKs by timer I', () => {
    const { net, peer, from } = world()
    peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'reject', call: e.call, status: 486 })
    const [busy] = net.inject(peer, request('INVITE', 'udp', 1), from)
    net.run(8000)
    expect(times(net, 'SIP/2.0 486')).toEqual([0, 500, 1500, 3500, 7500])
    const ack = request('ACK', 'udp', 1, field(busy, 'To'), 'z9hG4bKINVITE1')
    expect(net.inject(peer, ack, from)).toEqual([])
    expect(net.inject(peer, request('INVITE', 'udp', 1), from)).toEqual([])
    net.run(12_900)
    expect(peer.ua.servers.size).toBe(1)
    net.run(13_100)
    expect(isEmpty(peer.ua)).toBe(true)
    expect(times(net, 'SIP/2.0 486')).toHaveLength(5)
  })

  it('gives a refusal up by timer H', () => {
    const { net, peer, from } = world()
    peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'reject', call: e.call, status: 486 })
    net.inject(peer, request('INVITE', 'udp', 1), from)
    net.run(100_000)
    expect(times(net, 'SIP/2.0 486').at(-1)).toBe(31_500)
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('over a stream repeats no refusal', () => {
    const { net, peer, from } = world('tcp')
    peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'reject', call: e.call, status: 486 })
    net.inject(peer, request('INVITE', 'tcp', 1), from)
    net.run(100_000)
    expect(times(net, 'SIP/2.0 486')).toEqual([0])
    expect(net.sent[0]?.to).toMatchObject({ address: PEER, flow: 'f1' })
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('answers a repeated INVITE with the last provisional response', () => {
    const { net, peer, from } = world()
    peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'ring', call: e.call })
    const [ringing] = net.inject(peer, request('INVITE', 'udp', 1), from)
    expect(net.inject(peer, request('INVITE', 'udp', 1), from)).toEqual([ringing])
  })

  it('absorbs the INVITE in Accepted while the 2xx is repeated by its own clock, over a stream too', () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const { net, peer, from } = world(transport)
      peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'answer', call: e.call, local })
      const [ok] = net.inject(peer, request('INVITE', transport, 1), from)
      expect(net.inject(peer, request('INVITE', transport, 1), from)).toEqual([])
      net.run(13_000)
      expect(times(net, 'SIP/2.0 200')).toEqual([0, 500, 1500, 3500, 7500, 11_500])
      net.inject(peer, request('ACK', transport, 1, field(ok, 'To')), from)
      expect(types(peer)).toEqual(['incoming', 'acked'])
      net.run(20_000)
      expect(times(net, 'SIP/2.0 200')).toHaveLength(6)
    }
  })

  it('CANCEL gets 200 with the tag of the call, and again after the final response', () => {
    const { net, peer, from } = world()
    peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'ring', call: e.call })
    const [ringing] = net.inject(peer, request('INVITE', 'udp', 1), from)
    const answers = net.inject(peer, request('CANCEL', 'udp', 1), from)
    expect(answers.map(start)).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 487 Request Terminated'])
    expect(new Set([ringing, ...answers].map(t => field(t, 'To'))).size).toBe(1)
    expect(net.inject(peer, request('CANCEL', 'udp', 1), from)).toEqual([answers[0]])
    expect(types(peer)).toEqual(['incoming', 'ended'])
  })

  it('CANCEL after the answer changes nothing', () => {
    const { net, peer, from } = world()
    peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'answer', call: e.call, local })
    net.inject(peer, request('INVITE', 'udp', 1), from)
    expect(net.inject(peer, request('CANCEL', 'udp', 1), from).map(start)).toEqual(['SIP/2.0 200 OK'])
    expect(types(peer)).toEqual(['incoming'])
  })
})
