/** Timers and states of RFC 3261 §17 and RFC 6026, seen on the wire. */
import { describe, expect, it } from 'vitest'

import { isEmpty, types } from './network-simulation.ts'
import { dial, field, local, PEER, request, response, SDP, start, times, world } from './scripted-peer.ts'

describe('INVITE client', () => {
  it('acknowledges a refusal, and each copy of it, until timer D', () => {
    const { net, peer, from } = world()
    dial(peer)
    const busy = response(net, 'INVITE', '486 Busy Here')
    const [ack] = net.inject(peer, busy, from)
    expect(start(ack)).toBe(`ACK sip:callee@${PEER} SIP/2.0`)
    expect(field(ack, 'Via')).toBe(field(net.sent[0]?.text, 'Via'))
    expect(field(ack, 'To')).toContain('tag=peer')
    expect(net.inject(peer, busy, from)).toEqual([ack])
    expect(types(peer)).toEqual(['ended'])
    net.run(31_900)
    expect(net.inject(peer, busy, from)).toEqual([ack])
    net.run(33_000)
    expect(net.inject(peer, busy, from)).toEqual([])
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('stops repeating at the first provisional response, and waits', () => {
    const { net, peer, from } = world()
    dial(peer)
    net.run(600)
    net.inject(peer, response(net, 'INVITE', '100 Trying'), from)
    net.run(60_000)
    expect(times(net, 'INVITE')).toEqual([0, 500])
    expect(types(peer)).toEqual([])
  })

  it('CANCEL goes out with the first provisional response, and the wait for 487 has an end', () => {
    const { net, peer, from } = world()
    dial(peer)
    peer.command({ do: 'hangUp', call: 'x', reason: { protocol: 'SIP', cause: 480, text: 'gone "now"' } })
    net.run(1000)
    expect(times(net, 'CANCEL')).toEqual([])
    const [cancel] = net.inject(peer, response(net, 'INVITE', '180 Ringing'), from)
    expect(field(cancel, 'Via')).toBe(field(net.sent[0]?.text, 'Via'))
    expect(field(cancel, 'CSeq')).toBe('1 CANCEL')
    expect(field(cancel, 'To')).toBe(`<sip:callee@${PEER}>`)
    expect(field(cancel, 'Reason')).toBe('SIP;cause=480;text="gone \\"now\\""')
    net.inject(peer, response(net, 'CANCEL', '200 OK'), from)
    net.inject(peer, response(net, 'INVITE', '180 Ringing'), from)
    net.run(32_000)
    expect(types(peer)).toEqual([])
    net.run(34_000)
    expect(types(peer)).toEqual(['ended'])
    net.run(100_000)
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('over a stream repeats nothing and is gone with the refusal', () => {
    const { net, peer, from } = world('tcp')
    dial(peer, 'tcp')
    net.run(10_000)
    expect(times(net, 'INVITE')).toEqual([0])
    net.inject(peer, response(net, 'INVITE', '404 Not Found'), from)
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('a second fork that answers is acknowledged and taken down, the first stays', () => {
    const { net, peer, from } = world()
    dial(peer)
    net.inject(peer, response(net, 'INVITE', '180 Ringing', 'one'), from)
    net.inject(peer, response(net, 'INVITE', '180 Ringing', 'two'), from)
    net.inject(peer, response(net, 'INVITE', '200 OK', 'two', SDP), from)
    const sent = net.inject(peer, response(net, 'INVITE', '200 OK', 'one', SDP), from)
    expect(sent.map(start)).toEqual([`ACK sip:callee@${PEER}:5066 SIP/2.0`, `BYE sip:callee@${PEER}:5066 SIP/2.0`])
    expect(sent.every(t => field(t, 'To').endsWith('tag=one'))).toBe(true)
    expect(types(peer)).toEqual(['provisional', 'provisional', 'answered'])
    net.inject(peer, response(net, 'BYE', '200 OK'), from)
    expect(peer.ua.calls.get('x')?.dialog.remoteTag).toBe('two')
  })

  it('BYE that overtakes the 2xx ends the call; the 2xx that follows is acknowledged', () => {
    const { net, peer, from } = world()
    dial(peer)
    net.inject(peer, response(net, 'INVITE', '180 Ringing'), from)
    const tag = /tag=(\w+)/.exec(field(net.sent[0]?.text, 'From'))?.[1] ?? ''
    const bye = request('BYE', 'udp', 5, `<sip:me@192.0.2.1>;tag=${tag}`).replace(
      'tx@test',
      field(net.sent[0]?.text, 'Call-ID'),
    )
    expect(net.inject(peer, bye, from).map(start)).toEqual(['SIP/2.0 200 OK', `CANCEL sip:callee@${PEER} SIP/2.0`])
    expect(types(peer)).toEqual(['provisional', 'ended'])
    expect(net.inject(peer, response(net, 'INVITE', '200 OK', 'peer', SDP), from).map(t => t.split(' ', 1)[0])).toEqual(
      ['ACK', 'BYE'],
    )
    expect(peer.ua.calls.size).toBe(0)
    net.run(100_000)
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('responses that are not for us are dropped', () => {
    const { net, peer, from } = world()
    dial(peer)
    const ok = response(net, 'INVITE', '200 OK', 'peer', SDP)
    expect(net.inject(peer, ok.replace('branch=z9hG4bK', 'branch=z9hG4bKx'), from)).toEqual([])
    expect(net.inject(peer, ok.replace('CSeq: 1 INVITE', 'CSeq: 1 BYE'), from)).toEqual([])
    expect(net.inject(peer, ok.replace('Via: ', 'Via: SIP/2.0/UDP other;branch=z9hG4bKo\r\nVia: '), from)).toEqual([])
    expect(types(peer)).toEqual([])
  })

  it.each([
    ['sip:callee@192.0.2.99\r\nEvil: 1', 'SB_SIP_URI'],
    ['tel:+14155550100', 'SB_SIP_UNREACHABLE'],
  ])('%s is not called', (to, code) => {
    const { net, peer } = world()
    peer.command({ do: 'invite', call: 'x', to, from: 'sip:me@192.0.2.1', local })
    expect(net.sent).toEqual([])
    expect(peer.events).toMatchObject([{ type: 'ended', cause: 'unreachable', code }])
    expect(isEmpty(peer.ua)).toBe(true)
  })
})
