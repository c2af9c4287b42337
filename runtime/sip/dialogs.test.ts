/** Dialogs through proxies and behind NAT, offers in UPDATE and re-INVITE, written by hand on one side. */
import { describe, expect, it } from 'vitest'
import type { LocalMedia, Source } from './api.ts'
import { Network, type Peer, types } from './network-simulation.ts'

const PROXY: Source = { transport: 'udp', address: '203.0.113.1', port: 5060, flow: null }
const local: LocalMedia = { address: '192.0.2.1', port: 6000 }

const sdp = (...lines: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 198.51.100.7', 's=-', 'c=IN IP4 198.51.100.7', 't=0 0', ...lines, ''].join('\r\n')
const AUDIO = sdp('m=audio 4000 RTP/AVP 0 8')

interface Script {
  net: Network
  peer: Peer
  from: Source
  to: string
  send(method: string, cseq: number, body?: string, extra?: string[]): string[]
}

const field = (text: string | undefined, name: string): string =>
  text
    ?.split('\r\n')
    .find(l => l.startsWith(`${name}: `))
    ?.slice(name.length + 2) ?? ''
const start = (text: string | undefined): string => text?.split('\r\n', 1)[0] ?? ''
const bodyOf = (text: string | undefined): string => text?.slice(text.indexOf('\r\n\r\n') + 4) ?? ''
const keyOf = (peer: Peer): string => peer.events.flatMap(e => (e.type === 'incoming' ? [e.call] : []))[0] ?? ''
const mediaOf = (peer: Peer) => peer.events.flatMap(e => (e.type === 'media' ? [e.media] : []))

function script(
  extra: string[] = [],
  from = PROXY,
  body = AUDIO,
  contact = '<sip:caller@198.51.100.7:5080>',
  vias = [`SIP/2.0/UDP 203.0.113.1`, 'SIP/2.0/UDP 198.51.100.7:5080'],
): Script {
  const net = new Network()
  const peer = net.add('agent', '192.0.2.1')
  let to = '<sip:agent@192.0.2.1>'
  const send: Script['send'] = (method, cseq, content = '', more = []) =>
    net.inject(
      peer,
      [
        `${method} sip:agent@192.0.2.1 SIP/2.0`,
        ...vias.map((v, i) => `Via: ${v};branch=z9hG4bK${method}${cseq}${i}`),
        ...more,
        'From: "C" <sip:caller@example.com>;tag=c1',
        `To: ${to}`,
        'Call-ID: d@test',
        `CSeq: ${cseq} ${method}`,
        `Contact: ${contact}`,
        ...(content === '' ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${content.length}`,
        '',
        content,
      ].join('\r\n'),
      from,
    )
  peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'answer', call: e.call, local })
  const [ok] = send('INVITE', 1, body, extra)
  to = field(ok, 'To')
  if (body !== '') send('ACK', 1)
  return { net, peer, from, to, send }
}

const hangUp = ({ net, peer }: Script): { text: string; to: Source } => {
  peer.command({ do: 'hangUp', call: keyOf(peer) })
  const packet = net.sent.at(-1)
  if (packet === undefined) throw new Error('nothing sent')
  return { text: packet.text, to: packet.to as Source }
}

describe('routes', () => {
  const routes = [
    'Record-Route: <sip:p1.example;lr>, <sip:[2001:db8::9];transport=tcp;lr>',
    'Record-Route: <sip:p3.example;lr>',
  ]

  it('a 2xx repeats Record-Route as it came, BYE follows it in order', () => {
    const call = script(routes)
    const ok = call.net.sent.find(p => p.text.startsWith('SIP/2.0 200'))?.text ?? ''
    expect(ok.split('\r\n').filter(l => l.startsWith('Record-Route'))).toEqual(routes)
    const bye = hangUp(call)
    expect(start(bye.text)).toBe('BYE sip:caller@198.51.100.7:5080 SIP/2.0')
    expect(bye.text.split('\r\n').filter(l => l.startsWith('Route'))).toEqual([
      'Route: <sip:p1.example;lr>',
      'Route: <sip:[2001:db8::9];transport=tcp;lr>',
      'Route: <sip:p3.example;lr>',
    ])
    expect(bye.to).toMatchObject({ transport: 'udp', address: 'p1.example', port: 5060 })
  })

  it('a strict router first becomes the Request-URI', () => {
    const bye = hangUp(script(['Record-Route: <sip:strict.example>, <sip:p2.example;lr>']))
    expect(start(bye.text)).toBe('BYE sip:strict.example SIP/2.0')
    expect(bye.text.split('\r\n').filter(l => l.startsWith('Route'))).toEqual([
      'Route: <sip:p2.example;lr>',
      'Route: <sip:caller@198.51.100.7:5080>',
    ])
  })

  it('our own INVITE follows its routes out, and Record-Route backwards later', () => {
    const net = new Network()
    const peer = net.add('agent', '192.0.2.1')
    peer.command({
      do: 'invite',
      call: 'x',
      to: 'tel:+14155550100',
      from: 'sip:me@192.0.2.1',
      fromDisplay: 'A "b"',
      local,
      routes: ['sip:out.example;lr'],
      transport: 'tcp',
      headers: [['X-Id', '1']],
    })
    const [invite] = net.sent
    expect(start(invite?.text)).toBe('INVITE tel:+14155550100 SIP/2.0')
    expect(field(invite?.text, 'Route')).toBe('<sip:out.example;lr>')
    expect(field(invite?.text, 'From')).toMatch(/^"A \\"b\\"" <sip:me@192.0.2.1>;tag=\w{16}$/)
    expect(field(invite?.text, 'X-Id')).toBe('1')
    expect(field(invite?.text, 'Contact')).toBe('<sip:switchboard@192.0.2.1:5060;transport=tcp>')
    expect(invite?.to).toMatchObject({ transport: 'tcp', address: 'out.example', port: 5060 })
    net.inject(
      peer,
      [
        'SIP/2.0 200 OK',
        `Via: ${field(invite?.text, 'Via')}`,
        'Record-Route: <sip:b.example;lr>',
        'Record-Route: <sip:a.example;lr>',
        `From: ${field(invite?.text, 'From')}`,
        'To: <tel:+14155550100>;tag=z',
        `Call-ID: ${field(invite?.text, 'Call-ID')}`,
        'CSeq: 1 INVITE',
        'Contact: <sip:callee@198.51.100.7>',
        'Content-Type: application/sdp',
        '',
        AUDIO,
      ].join('\r\n'),
      { ...PROXY, transport: 'tcp', flow: 'f' },
    )
    const ack = net.sent.at(-1)
    expect(start(ack?.text)).toBe('ACK sip:callee@198.51.100.7 SIP/2.0')
    expect(ack?.text.split('\r\n').filter(l => l.startsWith('Route'))).toEqual([
      'Route: <sip:a.example;lr>',
      'Route: <sip:b.example;lr>',
    ])
    expect(ack?.to.address).toBe('a.example')
  })

  it.each<[string, string, Source, Partial<Source>]>([
    [
      'a Contact that is reachable',
      '<sip:c@198.51.100.7:5080>',
      { ...PROXY, address: '198.51.100.9' },
      { address: '198.51.100.7', port: 5080 },
    ],
    [
      'a Contact behind NAT',
      '<sip:c@10.1.2.3:5080>',
      { ...PROXY, address: '198.51.100.9', port: 7777 },
      { address: '198.51.100.9', port: 7777 },
    ],
    [
      'a private network',
      '<sip:c@10.1.2.3:5080>',
      { ...PROXY, address: '10.1.2.9', port: 7777 },
      { address: '10.1.2.3', port: 5080 },
    ],
    [
      'a Contact over TCP',
      '<sip:c@198.51.100.7;transport=tcp>',
      PROXY,
      { transport: 'tcp', address: '198.51.100.7', port: 5060, flow: null },
    ],
    [
      'a connection of the peer',
      '<sip:c@198.51.100.7:5070;transport=tcp>',
      { ...PROXY, transport: 'tcp', flow: 'f9' },
      { transport: 'tcp', flow: 'f9', address: '198.51.100.7', port: 5070 },
    ],
  ])('straight to %s', (_name, contact, from, expected) => {
    const call = script([], from, AUDIO, contact, [`SIP/2.0/${from.transport.toUpperCase()} 198.51.100.7:5080`])
    expect(hangUp(call).to).toMatchObject(expected)
  })

  it('a re-INVITE or UPDATE moves the remote target', () => {
    const call = script()
    call.send('UPDATE', 2, '', ['X-A: b'])
    expect(call.peer.ua.calls.get(keyOf(call.peer))?.dialog.remoteTarget).toBe('sip:caller@198.51.100.7:5080')
    call.net.inject(
      call.peer,
      [
        'UPDATE sip:agent@192.0.2.1 SIP/2.0',
        'Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKm',
        'From: <sip:caller@example.com>;tag=c1',
        `To: ${call.to}`,
        'Call-ID: d@test',
        'CSeq: 3 UPDATE',
        'Contact: <sip:moved@198.51.100.8>',
        '',
        '',
      ].join('\r\n'),
      PROXY,
    )
    expect(start(hangUp(call).text)).toBe('BYE sip:moved@198.51.100.8 SIP/2.0')
  })
})

describe('offers inside the dialog', () => {
  it('the same offer again: the same answer to the letter, and no event', () => {
    const call = script()
    const first = bodyOf(call.net.sent.find(p => p.text.startsWith('SIP/2.0 200'))?.text)
    const [again] = call.send('INVITE', 2, AUDIO)
    call.send('ACK', 2)
    const [update] = call.send('UPDATE', 3, AUDIO)
    expect([bodyOf(again), bodyOf(update)]).toEqual([first, first])
    expect(types(call.peer)).toEqual(['incoming', 'acked'])
  })

  it.each(['INVITE', 'UPDATE'])('hold, resume, law and address by %s', method => {
    const call = script()
    const versions: string[] = []
    const offers = [
      sdp('m=audio 4000 RTP/AVP 0 8', 'a=sendonly'),
      AUDIO,
      sdp('m=audio 4000 RTP/AVP 8'),
      sdp('m=audio 4100 RTP/AVP 8'),
      sdp('m=audio 4100 RTP/AVP 8', 'c=IN IP4 0.0.0.0'),
    ]
    for (const [i, offer] of offers.entries()) {
      const [ok] = call.send(method, 2 + i, offer)
      expect(start(ok)).toBe('SIP/2.0 200 OK')
      versions.push(/o=- \d+ (\d+)/.exec(ok ?? '')?.[1] ?? '')
      if (method === 'INVITE') call.send('ACK', 2 + i)
    }
    // A new port of theirs changes nothing of what we say.
    expect(versions).toEqual(['2', '3', '4', '4', '5'])
    expect(mediaOf(call.peer)).toMatchObject([
      { hold: true, direction: 'recvonly', law: 'PCMU' },
      { hold: false, direction: 'sendrecv' },
      { law: 'PCMA', remote: { port: 4000 } },
      { law: 'PCMA', remote: { port: 4100 } },
      { hold: true, remote: { address: '0.0.0.0' } },
    ])
  })

  it('an offer that does not fit leaves the session alone', () => {
    const call = script()
    const [refused] = call.send('INVITE', 2, sdp('m=audio 4000 RTP/AVP 18'))
    expect(start(refused)).toBe('SIP/2.0 488 Not Acceptable Here')
    expect(field(refused, 'Warning')).toContain('305')
    expect(types(call.peer)).toEqual(['incoming', 'acked'])
  })

  it('a re-INVITE without offer gets ours, and the ACK decides', () => {
    const call = script([], PROXY, sdp('m=video 1 RTP/AVP 96', 'm=audio 4000 RTP/AVP 8'))
    const [ok] = call.send('INVITE', 2)
    expect(bodyOf(ok)).toContain('m=video 0 RTP/AVP 96\r\nm=audio 6000 RTP/AVP 0 8 101')
    expect(start(call.send('INVITE', 3, AUDIO)[0])).toBe('SIP/2.0 491 Request Pending')
    expect(start(call.send('UPDATE', 4, AUDIO)[0])).toBe('SIP/2.0 491 Request Pending')
    call.send('ACK', 2, sdp('m=video 0 RTP/AVP 96', 'm=audio 4400 RTP/AVP 0'))
    expect(mediaOf(call.peer)).toMatchObject([{ law: 'PCMU', remote: { port: 4400 } }])
  })

  it('an ACK without the answer it owes ends the call', () => {
    const call = script([], PROXY, '')
    call.send('ACK', 1)
    expect(call.peer.events.at(-1)).toMatchObject({ type: 'ended', cause: 'protocol', code: 'SB_SIP_ANSWER' })
    expect(start(call.net.sent.at(-1)?.text)).toMatch(/^BYE/)
  })

  it('a re-INVITE shows that the answer arrived, even if its ACK did not', () => {
    const net = script([], PROXY, '')
    expect(types(net.peer)).toEqual(['incoming'])
    const early = script()
    early.peer.events.length = 0
    early.send('INVITE', 2, AUDIO)
    early.send('INVITE', 3, sdp('m=audio 4000 RTP/AVP 8'))
    early.net.run(10_000)
    // Only the last 200 is repeated.
    expect(early.net.sent.filter(p => p.at > 100 && p.text.includes('CSeq: 2 INVITE'))).toEqual([])
    expect(early.net.sent.filter(p => p.at > 100 && p.text.includes('CSeq: 3 INVITE')).length).toBeGreaterThan(2)
  })

  it('an old ACK does not count for a new answer', () => {
    const call = script()
    call.send('INVITE', 2, AUDIO)
    call.send('ACK', 1)
    expect(call.peer.ua.calls.get(keyOf(call.peer))?.pendingAck?.cseq).toBe(2)
    call.send('ACK', 2)
    expect(call.peer.ua.calls.get(keyOf(call.peer))?.pendingAck).toBeNull()
  })

  it('before the answer UPDATE with an offer waits, without one it is fine', () => {
    const net = new Network()
    const peer = net.add('agent', '192.0.2.1')
    peer.onEvent = e => e.type === 'incoming' && peer.command({ do: 'ring', call: e.call })
    const say = (method: string, cseq: number, to: string, body: string): string[] =>
      net.inject(
        peer,
        [
          `${method} sip:agent@192.0.2.1 SIP/2.0`,
          `Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK${method}${cseq}`,
          'From: <sip:c@example.com>;tag=c1',
          `To: ${to}`,
          'Call-ID: e@test',
          `CSeq: ${cseq} ${method}`,
          'Contact: <sip:c@198.51.100.7>',
          ...(body === '' ? [] : ['Content-Type: application/sdp']),
          '',
          body,
        ].join('\r\n'),
        PROXY,
      )
    const [ringing] = say('INVITE', 1, '<sip:agent@192.0.2.1>', AUDIO)
    const to = field(ringing, 'To')
    const [waits] = say('UPDATE', 2, to, AUDIO)
    expect(start(waits)).toBe('SIP/2.0 500 Server Internal Error')
    expect(Number(field(waits, 'Retry-After'))).toBeLessThanOrEqual(10)
    expect(start(say('UPDATE', 3, to, '')[0])).toBe('SIP/2.0 200 OK')
    expect(start(say('INVITE', 4, to, AUDIO)[0])).toBe('SIP/2.0 500 Server Internal Error')
    expect(types(peer)).toEqual(['incoming'])
  })
})

describe('what the upper layer is told of a call', () => {
  it('parties, headers of interest, trace', () => {
    const call = script([
      'X-Twilio-CallSid: CA1',
      'P-Asserted-Identity: <sip:a@x>',
      'P-Asserted-Identity: <tel:+1>',
      'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'Authorization: Digest secret',
      `X-Long: ${'y'.repeat(5000)}`,
    ])
    const [event] = call.peer.events
    expect(event).toMatchObject({
      type: 'incoming',
      incoming: {
        callId: 'd@test',
        from: { uri: 'sip:caller@example.com', user: 'caller', host: 'example.com', display: 'C' },
        requestUri: { user: 'agent', host: '192.0.2.1' },
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        media: { law: 'PCMU', remote: { address: '198.51.100.7', port: 4000 } },
        headers: { 'x-twilio-callsid': ['CA1'], 'p-asserted-identity': ['<sip:a@x>', '<tel:+1>'] },
      },
    })
    const headers = event?.type === 'incoming' ? event.incoming.headers : {}
    expect(headers['authorization']).toBeUndefined()
    expect(headers['x-long']?.[0]).toHaveLength(1024)
  })
})
