import { describe, expect, it } from 'vitest'
import type { Source } from './api.ts'
import type { Sign } from './authorise.ts'
import { isEmpty, Network, type Peer, seededHex } from './network-simulation.ts'
import { AUDIO } from './scripted-call.ts'
import { field, local, start } from './scripted-peer.ts'
import { createUserAgent } from './user-agent.ts'

const PROXY: Source = { transport: 'udp', address: '203.0.113.1', port: 5060, flow: null }
const CHALLENGE = 'Digest realm="carrier", nonce="n1", qop="auth"'

function calling(sign: Sign): { net: Network; peer: Peer; asked: Parameters<Sign>[0][] } {
  const net = new Network()
  const peer = net.add('agent', '192.0.2.1')
  const asked: Parameters<Sign>[0][] = []
  const { settings } = peer.ua
  Object.assign(
    peer.ua,
    createUserAgent({ advertised: settings.advertised }, seededHex(7), request => {
      asked.push(request)
      return sign(request)
    }),
  )
  peer.command({
    do: 'invite',
    call: 'x',
    to: 'sip:+14155550199@carrier.example',
    from: 'sip:+14155550100@carrier.example',
    target: PROXY,
    local,
  })
  return { net, peer, asked }
}

const none: Sign = () => null
const some: Sign = () => 'Digest x'

const sent = (net: Network, method: string): string[] =>
  net.sent.map(p => p.text).filter(text => text.startsWith(`${method} `))
const answer = (net: Network, peer: Peer, request: string, status: string, extra: string[] = [], body = ''): string[] =>
  net.inject(
    peer,
    [
      `SIP/2.0 ${status}`,
      `Via: ${field(request, 'Via')}`,
      `From: ${field(request, 'From')}`,
      `To: ${field(request, 'To').replace(/;tag=.*/, '')};tag=p`,
      `Call-ID: ${field(request, 'Call-ID')}`,
      `CSeq: ${field(request, 'CSeq')}`,
      ...extra,
      ...(body === '' ? [] : ['Content-Type: application/sdp', 'Contact: <sip:desk@203.0.113.9>']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
    PROXY,
  )

describe('a challenged INVITE', () => {
  it.each([
    ['401 Unauthorized', 'WWW-Authenticate', 'Authorization'],
    ['407 Proxy Authentication Required', 'Proxy-Authenticate', 'Proxy-Authorization'],
  ])('%s is sent again with %s answered, and so are ACK and BYE', (status, challenge, header) => {
    const { net, peer, asked } = calling(({ method }) => `Digest for ${method}`)
    const [first = ''] = sent(net, 'INVITE')
    answer(net, peer, first, status, [`${challenge}: ${CHALLENGE}`])
    const [, second = ''] = sent(net, 'INVITE')
    expect(start(sent(net, 'ACK')[0])).toBe(start(first).replace('INVITE', 'ACK'))
    expect(asked).toMatchObject([{ call: 'x', method: 'INVITE', uri: 'sip:+14155550199@carrier.example' }])
    expect(field(second, header)).toBe('Digest for INVITE')
    expect(field(second, 'CSeq')).toBe('2 INVITE')
    expect(field(second, 'Via')).not.toBe(field(first, 'Via'))
    for (const same of ['Call-ID', 'From', 'To', 'Contact']) expect(field(second, same)).toBe(field(first, same))
    expect(second.slice(second.indexOf('\r\n\r\n'))).toBe(first.slice(first.indexOf('\r\n\r\n')))
    answer(net, peer, second, '200 OK', [], AUDIO)
    expect(peer.events.map(e => e.type)).toEqual(['answered'])
    expect(field(sent(net, 'ACK')[1], header)).toBe('Digest for INVITE')
    peer.command({ do: 'hangUp', call: 'x' })
    const [bye = ''] = sent(net, 'BYE')
    expect(field(bye, 'CSeq')).toBe('3 BYE')
    answer(net, peer, bye, status, [`${challenge}: ${CHALLENGE}`])
    const [, again = ''] = sent(net, 'BYE')
    expect(field(again, header)).toBe('Digest for BYE')
    answer(net, peer, again, '200 OK')
    net.run(200_000)
    expect(isEmpty(peer.ua)).toBe(true)
  })

  it('by the proxy and then by the server behind it carries both answers', () => {
    const { net, peer } = calling(({ challenge }) => `Digest for ${challenge.realm}`)
    answer(net, peer, sent(net, 'INVITE')[0] ?? '', '407 Proxy', [`Proxy-Authenticate: ${CHALLENGE}`])
    answer(net, peer, sent(net, 'INVITE')[1] ?? '', '401 Server', ['WWW-Authenticate: Digest realm="s", nonce="2"'])
    const third = sent(net, 'INVITE')[2]
    expect(field(third, 'Proxy-Authorization')).toBe('Digest for carrier')
    expect(field(third, 'Authorization')).toBe('Digest for s')
  })

  it('that is refused again ends: the credentials are wrong', () => {
    const { net, peer } = calling(() => 'Digest x')
    answer(net, peer, sent(net, 'INVITE')[0] ?? '', '407 Proxy', [`Proxy-Authenticate: ${CHALLENGE}`])
    answer(net, peer, sent(net, 'INVITE')[1] ?? '', '407 Proxy', [`Proxy-Authenticate: ${CHALLENGE}`])
    expect(sent(net, 'INVITE')).toHaveLength(2)
    expect(peer.events).toMatchObject([{ type: 'ended', cause: 'rejected', status: 407 }])
  })

  it.each([
    ['there are no credentials', none, CHALLENGE],
    ['the challenge cannot be answered', some, 'Digest realm="r", nonce="n", algorithm=MD5-sess'],
  ] as const)('ends when %s', (_, sign, challenge) => {
    const { net, peer } = calling(sign)
    answer(net, peer, sent(net, 'INVITE')[0] ?? '', '401 Unauthorized', [`WWW-Authenticate: ${challenge}`])
    expect(peer.events).toMatchObject([{ type: 'ended', cause: 'rejected', status: 401 }])
  })

  it('is not sent again once it was cancelled, and a cancel goes to the one that rings', () => {
    const early = calling(() => 'Digest x')
    early.peer.command({ do: 'hangUp', call: 'x' })
    answer(early.net, early.peer, sent(early.net, 'INVITE')[0] ?? '', '407 P', [`Proxy-Authenticate: ${CHALLENGE}`])
    expect(sent(early.net, 'INVITE')).toHaveLength(1)
    expect(early.peer.events).toMatchObject([{ type: 'ended', cause: 'cancelled' }])
    const late = calling(() => 'Digest x')
    answer(late.net, late.peer, sent(late.net, 'INVITE')[0] ?? '', '407 P', [`Proxy-Authenticate: ${CHALLENGE}`])
    const second = sent(late.net, 'INVITE')[1] ?? ''
    answer(late.net, late.peer, second, '180 Ringing')
    late.peer.command({ do: 'hangUp', call: 'x' })
    const [cancel] = sent(late.net, 'CANCEL')
    expect(field(cancel, 'CSeq')).toBe('2 CANCEL')
    expect(field(cancel, 'Via')).toBe(field(second, 'Via'))
  })
})
