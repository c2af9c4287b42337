/** BYE and other requests inside a dialog, with the transactions under them. */
import { describe, expect, it } from 'vitest'
import type { Source, Transport } from './api.ts'
import { isEmpty, Network, types } from './network-simulation.ts'
import { field, local, PEER, request, response, start, times, world } from './scripted-peer.ts'

describe('other requests', () => {
  function up(transport: Transport = 'udp'): ReturnType<typeof world> & { to: string } {
    const all = world(transport)
    all.peer.onEvent = e => e.type === 'incoming' && all.peer.command({ do: 'answer', call: e.call, local })
    const [ok] = all.net.inject(all.peer, request('INVITE', transport, 1), all.from)
    const to = field(ok, 'To')
    all.net.inject(all.peer, request('ACK', transport, 1, to), all.from)
    return { ...all, to }
  }

  it('BYE is repeated by timer E and given up by timer F', () => {
    const { net, peer } = up()
    const [incoming] = peer.events
    peer.command({ do: 'hangUp', call: incoming?.type === 'incoming' ? incoming.call : '' })
    net.run(100_000)
    expect(times(net, 'BYE')).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('a BYE that crosses ours gets 200; anything else 481', () => {
    const { net, peer, from, to } = up()
    const [incoming] = peer.events
    peer.command({ do: 'hangUp', call: incoming?.type === 'incoming' ? incoming.call : '' })
    expect(net.inject(peer, request('OPTIONS', 'udp', 2, to), from).map(start)).toEqual([
      'SIP/2.0 481 Call/Transaction Does Not Exist',
    ])
    expect(net.inject(peer, request('BYE', 'udp', 3, to), from).map(start)).toEqual(['SIP/2.0 200 OK'])
    net.inject(peer, response(net, 'BYE', '481 Gone'), from)
    expect(types(peer)).toEqual(['incoming', 'acked', 'ended'])
  })

  it('a repeated BYE gets the same 200 until timer J', () => {
    const { net, peer, from, to } = up()
    const bye = request('BYE', 'udp', 2, to)
    const [ok] = net.inject(peer, bye, from)
    net.run(31_000)
    expect(net.inject(peer, bye, from)).toEqual([ok])
    net.run(33_000)
    expect(net.inject(peer, bye, from).map(start)).toEqual(['SIP/2.0 481 Call/Transaction Does Not Exist'])
  })

  it('a CSeq from the past gets 500 and changes nothing', () => {
    const { net, peer, from, to } = up()
    net.inject(peer, request('OPTIONS', 'udp', 5, to), from)
    expect(net.inject(peer, request('BYE', 'udp', 4, to), from).map(start)).toEqual(['SIP/2.0 500 CSeq Out Of Order'])
    expect(types(peer)).toEqual(['incoming', 'acked'])
  })

  it('a stranger with our tag but another tag or Call-ID is no part of the dialog', () => {
    const { net, peer, from, to } = up()
    const bye = request('BYE', 'udp', 2, to)
    for (const forged of [bye.replace('tag=peer', 'tag=other'), bye.replace('tx@test', 'other@test')])
      expect(net.inject(peer, forged, from).map(start)).toEqual(['SIP/2.0 481 Call/Transaction Does Not Exist'])
    expect(types(peer)).toEqual(['incoming', 'acked'])
  })

  it.each(['INFO', 'REFER', 'PRACK', 'MESSAGE'])('%s inside a dialog gets 405', method => {
    const { net, peer, from, to } = up('tcp')
    const [refused] = net.inject(peer, request(method, 'tcp', 2, to), from)
    expect(start(refused)).toBe('SIP/2.0 405 Method Not Allowed')
    expect(field(refused, 'Allow')).toContain('UPDATE')
  })

  it('at the limit of transactions calls are refused and dialogs go on as they can', () => {
    const net = new Network()
    const peer = net.add('agent', '192.0.2.1', { maxTransactions: 1 })
    const from: Source = { transport: 'udp', address: PEER, port: 5060, flow: null }
    net.inject(peer, request('INVITE', 'udp', 1), from)
    const second = request('INVITE', 'udp', 1, undefined, 'z9hG4bKsecond').replace('tx@test', 'second@test')
    expect(net.inject(peer, second, from).map(start)).toEqual(['SIP/2.0 503 Service Unavailable'])
  })
})
