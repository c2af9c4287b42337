/** Messages in the spirit of RFC 4475, written afresh: what a user agent server does with each, by status or by event. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Network, type Peer, types } from './network-simulation.ts'
import { SipStream } from './stream.ts'

const SDP =
  'v=0\r\no=- 1 1 IN IP4 192.0.2.99\r\ns=-\r\nc=IN IP4 192.0.2.99\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n'

/** A good INVITE with headers replaced (string), removed (null) or added. */
function invite(
  change: Record<string, string | null> = {},
  body = SDP,
  start = 'INVITE sip:agent@192.0.2.1 SIP/2.0',
): string {
  const headers: Record<string, string | null> = {
    Via: 'SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKtorture',
    'Max-Forwards': '70',
    From: '"Caller" <sip:+14155550100@192.0.2.99>;tag=abc',
    To: '<sip:agent@192.0.2.1>',
    'Call-ID': 'torture@192.0.2.99',
    CSeq: '1 INVITE',
    Contact: '<sip:caller@192.0.2.99>',
    'Content-Type': 'application/sdp',
    'Content-Length': String(body.length),
    ...change,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : value.split('\n').map(v => `${name}: ${v}`),
  )
  return [start, ...lines, '', body].join('\r\n')
}

const other = (method: string, change: Record<string, string | null> = {}): string =>
  invite(
    { CSeq: `1 ${method}`, 'Content-Type': null, Contact: null, ...change },
    '',
    `${method} sip:agent@192.0.2.1 SIP/2.0`,
  )

function agent(): { net: Network; peer: Peer } {
  const net = new Network()
  return { net, peer: net.add('agent', '192.0.2.1') }
}

const statusOf = (text: string | undefined): number => Number(text?.slice(8, 11) ?? 0)

describe('accepted', () => {
  it.each<[string, string]>([
    ['as it stands', invite()],
    ['no offer', invite({ 'Content-Type': null }, '')],
    [
      'every compact form, folding and wild spacing',
      [
        'INVITE sip:agent@192.0.2.1 SIP/2.0',
        'v  : SIP  / 2.0  / UDP',
        '   192.0.2.99 ; branch = z9hG4bKtight',
        'f:"Quoted \\"string\\" \\\\ here"<sip:c@192.0.2.99>',
        ' ;  tag = 1',
        'T:sip:agent@192.0.2.1',
        'I:x.y',
        'cSeQ: 0009',
        '  INVITE',
        'M:"C" <sip:c@192.0.2.99:5070;transport=udp>',
        'c:application/sdp',
        `l:   ${SDP.length}`,
        'NewFangled: newfangled value',
        ' continued newfangled value',
        'UnknownHeaderWithUnusualValue: ;;,,;;,;',
        '',
        SDP,
      ].join('\r\n'),
    ],
    ['a method-like Call-ID and odd token characters', invite({ 'Call-ID': "-.!%*_+`'~" })],
    ['no Max-Forwards', invite({ 'Max-Forwards': null })],
    ['Max-Forwards 0, for we are the end', invite({ 'Max-Forwards': '0' })],
    [
      'many Vias',
      invite({ Via: Array.from({ length: 30 }, (_, i) => `SIP/2.0/UDP h${i}.example;branch=z9hG4bK${i}`).join('\n') }),
    ],
    [
      'Vias in one line',
      invite({ Via: 'SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKa, SIP/2.0/TLS [2001:db8::9]:5061;branch=z9hG4bKb' }),
    ],
    ['no tag in From', invite({ From: '<sip:old@192.0.2.99>' })],
    ['a branch without cookie', invite({ Via: 'SIP/2.0/UDP 192.0.2.99;branch=1' })],
    ['a tel: Request-URI', invite({}, SDP, 'INVITE tel:+1-415-555-0100 SIP/2.0')],
    ['a sips: Request-URI', invite({}, SDP, 'INVITE sips:agent@example.com SIP/2.0')],
    ['an IPv6 Request-URI', invite({}, SDP, 'INVITE sip:agent@[2001:db8::1]:5060;transport=udp SIP/2.0')],
    ['a tel: From', invite({ From: '<tel:+14155550100>;tag=2' })],
    ['unknown scheme in From', invite({ From: '<anonymous:invalid>;tag=3' })],
    ['escapes in the user part', invite({}, SDP, 'INVITE sip:sips%3Auser%40example.com@192.0.2.1 SIP/2.0')],
    ['Supported extensions we do not know', invite({ Supported: 'timer, 100rel, x-hyper' })],
    ['Proxy-Require is for proxies', invite({ 'Proxy-Require': 'x' })],
    ['a Session-Expires that is not required', invite({ 'Session-Expires': '1800;refresher=uac' })],
    ['a body longer than its length', `${invite()}\r\ntrailing octets`],
    ['an unknown date', invite({ Date: 'Fri, 01 Jan 2010 16:00:00 EST' })],
    [
      'multipart',
      invite(
        { 'Content-Type': 'multipart/mixed;boundary=bb' },
        `--bb\r\nContent-Type: application/sdp\r\n\r\n${SDP}\r\n--bb\r\nContent-Type: application/isup\r\n\r\n\x00\x01\r\n--bb--\r\n`,
      ),
    ],
    [
      'an optional body of another type',
      invite({ 'Content-Type': 'application/x', 'Content-Disposition': 'x;handling=optional' }, 'x'),
    ],
  ])('%s', (_name, text) => {
    const { net, peer } = agent()
    expect(net.inject(peer, text)).toEqual([])
    expect(types(peer)).toEqual(['incoming'])
    const [event] = peer.events
    if (event?.type === 'incoming')
      peer.command({ do: 'answer', call: event.call, local: { address: '192.0.2.1', port: 6000 } })
    expect(statusOf(net.sent.at(-1)?.text)).toBe(200)
  })
})

describe('refused', () => {
  it.each<[number, string, string]>([
    [400, 'no From', invite({ From: null })],
    [400, 'no To', invite({ To: null })],
    [400, 'no Call-ID', invite({ 'Call-ID': null })],
    [400, 'no CSeq', invite({ CSeq: null })],
    [400, 'no Contact', invite({ Contact: null })],
    [400, 'two CSeqs', invite({ CSeq: '1 INVITE\n2 INVITE' })],
    [400, 'two Tos', invite({ To: '<sip:a@h>\n<sip:b@h>' })],
    [400, 'a CSeq of another method', invite({ CSeq: '1 OPTIONS' })],
    [400, 'a CSeq that is too large', invite({ CSeq: '36893488147419103232 INVITE' })],
    [400, 'an unterminated quote', invite({ To: '"Mr J. User <sip:j@h>' })],
    [400, 'a star Contact', invite({ Contact: '*' })],
    [400, 'a mailto Contact', invite({ Contact: '<mailto:a@h>' })],
    [400, 'a Contact with unescaped header', invite({ Contact: 'sip:a@h?Route=%3Csip:x%3E' })],
    [400, 'a malformed second Via', invite({ Via: 'SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKa\nnonsense' })],
    [400, 'Max-Forwards that is no number', invite({ 'Max-Forwards': '-1' })],
    [400, 'Max-Forwards beyond 255', invite({ 'Max-Forwards': '300' })],
    [400, 'a bad Record-Route', invite({ 'Record-Route': '<nothing>' })],
    [400, 'a Request-URI in brackets', invite({}, SDP, 'INVITE <sip:agent@192.0.2.1> SIP/2.0')],
    [400, 'a Request-URI with spaces', invite({}, SDP, 'INVITE sip:agent@192.0.2.1; lr SIP/2.0')],
    [400, 'a length beyond the datagram', invite({ 'Content-Length': '9999' })],
    [400, 'a negative length', invite({ 'Content-Length': '-999' })],
    [400, 'broken SDP', invite({}, 'v=0\r\nnothing\r\n')],
    [400, 'a Call-ID of two words', invite({ 'Call-ID': 'a b' })],
    [405, 'an unknown method', other('NEWMETHOD')],
    [405, 'REGISTER', other('REGISTER')],
    [405, 'REFER outside a dialog', other('REFER')],
    [413, 'a body beyond any session', invite({}, `${SDP}${'a=x\r\n'.repeat(4000)}`)],
    [414, 'an endless Request-URI', invite({}, SDP, `INVITE sip:${'a'.repeat(3000)}@h SIP/2.0`)],
    [415, 'an unknown body type', invite({ 'Content-Type': 'application/unknown' }, 'x')],
    [415, 'a compressed body', invite({ 'Content-Encoding': 'gzip' })],
    [416, 'an unknown scheme', invite({}, SDP, 'INVITE nobodyKnowsThisScheme:opaque SIP/2.0')],
    [416, 'http', invite({}, SDP, 'INVITE http://example.com SIP/2.0')],
    [420, '100rel required', invite({ Require: '100rel' })],
    [420, 'unknown extensions', invite({ Require: 'nothingSupportsThis, nothingSupportsThisEither' })],
    [420, 'extensions on OPTIONS', other('OPTIONS', { Require: 'x' })],
    [481, 'BYE outside', other('BYE')],
    [481, 'BYE into a dialog that is not', other('BYE', { To: '<sip:a@h>;tag=nobody' })],
    [481, 'INVITE into a dialog that is not', invite({ To: '<sip:a@h>;tag=nobody' })],
    [481, 'CANCEL of nothing', other('CANCEL')],
    [488, 'only G.729', invite({}, SDP.replace('0 8 101', '18').replace('a=rtpmap:101 telephone-event/8000\r\n', ''))],
    [488, 'only video', invite({}, SDP.replace('m=audio', 'm=video'))],
    [505, 'SIP/7.0', invite({}, SDP, 'INVITE sip:agent@192.0.2.1 SIP/7.0')],
    [513, 'headers without end', invite({ 'X-A': Array<string>(300).fill('y').join('\n') })],
    [200, 'OPTIONS', other('OPTIONS')],
  ])('%i: %s', (status, _name, text) => {
    const { net, peer } = agent()
    const [answer, more] = net.inject(peer, text)
    expect(statusOf(answer)).toBe(status)
    expect(more).toBeUndefined()
    expect(types(peer)).toEqual([])
    expect(peer.ua.servers.size + peer.ua.calls.size).toBe(0)
    // The same request again, the same answer, tag and all.
    expect(net.inject(peer, text)).toEqual([answer])
  })

  it('names what is missing, unsupported or allowed', () => {
    const { net, peer } = agent()
    expect(net.inject(peer, invite({ 'Call-ID': null }))[0]).toMatch(/^SIP\/2.0 400 Missing Call-ID Header\r\n/)
    expect(net.inject(peer, invite({ CSeq: 'x' }))[0]).toMatch(/^SIP\/2.0 400 Malformed CSeq Header\r\n/)
    expect(net.inject(peer, invite({ Require: '100rel, x' }))[0]).toContain('\r\nUnsupported: 100rel, x\r\n')
    expect(net.inject(peer, other('INFO'))[0]).toContain(
      '\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, NOTIFY\r\n',
    )
    expect(net.inject(peer, invite({ 'Content-Type': 'text/plain' }, 'x'))[0]).toContain(
      '\r\nAccept: application/sdp\r\n',
    )
    expect(net.inject(peer, invite({}, SDP.replace('RTP/AVP', 'RTP/SAVP')))[0]).toContain(
      '\r\nWarning: 302 192.0.2.1 "Incompatible transport protocol"\r\n',
    )
    expect(net.inject(peer, other('OPTIONS'))[0]).toMatch(
      /Allow: [\s\S]*Accept: application\/sdp[\s\S]*Supported: \r\n/,
    )
  })

  it('a merged request gets 482, a retransmission does not', () => {
    const { net, peer } = agent()
    net.inject(peer, invite())
    expect(net.inject(peer, invite())).toEqual([])
    expect(statusOf(net.inject(peer, invite({ Via: 'SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKotherpath' }))[0])).toBe(482)
    expect(types(peer)).toEqual(['incoming'])
  })
})

describe('not answered', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['keep-alive', '\r\n\r\n'],
    ['STUN', '\x00\x01\x00\x00\x21\x12\xa4\x42'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no Via: nowhere to answer to', invite({ Via: null })],
    ['a broken first Via', invite({ Via: 'SIP/2.0/UDP ;;,' })],
    ['ACK of nothing', other('ACK')],
    ['ACK with a broken header', other('ACK', { From: null })],
    ['ACK that requires', other('ACK', { Require: 'x' })],
    ['a stray response', 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKnone\r\nCSeq: 1 INVITE\r\n\r\n'],
    [
      'a response with an overlarge status',
      'SIP/2.0 4294967301 better not break\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n',
    ],
    ['binary', '\x80\x81\x82\x83\x84\x85\x86\x87'.repeat(100)],
  ])('%s', (_name, text) => {
    const { net, peer } = agent()
    expect(net.inject(peer, text)).toEqual([])
    expect(types(peer)).toEqual([])
  })
})

describe('mutants', () => {
  const seeds = [
    invite(),
    invite({ Via: 'SIP/2.0/UDP 192.0.2.99;rport;branch=z9hG4bKr, SIP/2.0/UDP [::1]' }),
    other('OPTIONS'),
    other('BYE', { To: '<sip:a@h>;tag=nobody' }),
    'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n',
  ]
  const pieces = [
    '\r\n',
    '\n',
    '\r',
    '\0',
    '"',
    '<',
    '>',
    ';',
    ',',
    ':',
    '=',
    '%',
    '@',
    '[',
    ']',
    '\\',
    ' ',
    '\t',
    'Content-Length: ',
    '__proto__',
    'constructor',
    '9'.repeat(40),
    ';'.repeat(3000),
    ','.repeat(3000),
    '"'.repeat(2999),
    '('.repeat(3000),
    '\r\n '.repeat(900),
    'ÿ',
  ]
  const edit = fc.record({
    at: fc.nat(2000),
    cut: fc.nat(30),
    put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 12, unit: 'binary-ascii' })),
  })
  const mutant = fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([seed, edits]) => {
      let text = seed
      for (const { at, cut, put } of edits) {
        const where = at % (text.length + 1)
        text = text.slice(0, where) + put + text.slice(where + cut)
      }
      return text
    })

  it('never throw, never grow without end, and each answer is a message of its own', () => {
    fc.assert(
      fc.property(fc.array(mutant, { maxLength: 8 }), texts => {
        const { net, peer } = agent()
        for (const text of texts)
          for (const sent of net.inject(peer, text))
            expect(sent).toMatch(/^SIP\/2\.0 [2-6]\d\d [^\r\n]*\r\n(?:[\w-]+:[^\r\n\0]*\r\n)+\r\n/)
        expect(peer.ua.calls.size).toBeLessThanOrEqual(texts.length)
        net.run(700_000)
        expect(peer.ua.calls.size + peer.ua.servers.size + peer.ua.tags.size + peer.ua.merges.size).toBe(0)
      }),
      { numRuns: 400 },
    )
  })

  it('in a stream end in messages or in a fault', () => {
    fc.assert(
      fc.property(fc.array(mutant, { maxLength: 5 }), texts => {
        const { net, peer } = agent()
        const stream = new SipStream()
        for (const text of texts) {
          for (const message of stream.push(Buffer.from(text, 'latin1')).messages)
            net.inject(peer, Buffer.from(message).toString('latin1'), {
              transport: 'tcp',
              address: '192.0.2.99',
              port: 9,
              flow: 'f',
            })
          expect(stream.held).toBeLessThan(70_000)
        }
      }),
      { numRuns: 200 },
    )
  })
})
