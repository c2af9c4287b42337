/** Timers and states of RFC 3261 §17 and RFC 6026, seen on the wire. */
import { describe, expect, it } from 'vitest'
import type { Ms, Source, Transport } from './api.ts'
import { isEmpty, Network, type Peer, types } from './network-simulation.ts'

const PEER = '192.0.2.99'
const SDP = `v=0\r\no=- 1 1 IN IP4 ${PEER}\r\ns=-\r\nc=IN IP4 ${PEER}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`
const local = { address: '192.0.2.1', port: 6000 }

function world(transport: Transport = 'udp'): { net: Network; peer: Peer; from: Source } {
  const net = new Network(transport)
  const from: Source = { transport, address: PEER, port: 5060, flow: transport === 'udp' ? null : 'f1' }
  return { net, peer: net.add('agent', '192.0.2.1'), from }
}

/** A request of the scripted peer. `to`: To header with our tag. */
function request(
  method: string,
  transport: Transport,
  cseq: number,
  to = '<sip:agent@192.0.2.1>',
  branch = `z9hG4bK${method === 'CANCEL' ? 'INVITE' : method}${cseq}`,
  body = method === 'INVITE' ? SDP : '',
): string {
  return [
    `${method} sip:agent@192.0.2.1 SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} ${PEER}:5060;branch=${branch}`,
    'From: <sip:caller@192.0.2.99>;tag=peer',
    `To: ${to}`,
    'Call-ID: tx@test',
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:caller@${PEER}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

const field = (text: string | undefined, name: string): string =>
  text
    ?.split('\r\n')
    .find(l => l.startsWith(`${name}: `))
    ?.slice(name.length + 2) ?? ''
const start = (text: string | undefined): string => text?.split('\r\n', 1)[0] ?? ''
const times = (net: Network, begins: string): Ms[] => net.sent.filter(p => p.text.startsWith(begins)).map(p => p.at)

/** A response of the scripted peer to the last request our agent sent with this method. */
function response(net: Network, method: string, status: string, tag = 'peer', body = ''): string {
  const text = net.sent.findLast(p => p.text.startsWith(`${method} `))?.text
  const to = field(text, 'To')
  return [
    `SIP/2.0 ${status}`,
    `Via: ${field(text, 'Via')};received=192.0.2.1`,
    `From: ${field(text, 'From')}`,
    `To: ${to.includes('tag=') ? to : `${to};tag=${tag}`}`,
    `Call-ID: ${field(text, 'Call-ID')}`,
    `CSeq: ${field(text, 'CSeq')}`,
    `Contact: <sip:callee@${PEER}:5066>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

const dial = (peer: Peer, transport: Transport = 'udp'): void =>
  peer.command({ do: 'invite', call: 'x', to: `sip:callee@${PEER}`, from: 'sip:me@192.0.2.1', local, transport })

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

  it.each(['INFO', 'REFER', 'PRACK', 'NOTIFY', 'MESSAGE'])('%s inside a dialog gets 405', method => {
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
