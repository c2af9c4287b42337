/** Dialogs through proxies and behind NAT. */
import { describe, expect, it } from 'vitest'
import type { Source } from './api.ts'
import { Network } from './network-simulation.ts'
import { AUDIO, hangUp, keyOf, PROXY, script } from './scripted-call.ts'
import { field, local, start } from './scripted-peer.ts'

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
