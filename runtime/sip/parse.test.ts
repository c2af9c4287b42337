import { describe, expect, it } from 'vitest'
import { buildResponse, extraLines } from './build.ts'
import { listOf, parseCSeq, parseMediaType, parseNameAddress, parseVia, reasonText } from './headers.ts'
import { SipRequest, SipResponse } from './message.ts'
import { parseMessage } from './parse.ts'
import { responseTarget, stampedVia, topVia } from './request-head.ts'

const lines = (...all: string[]): string => all.join('\r\n')

function request(text: string): SipRequest {
  const parsed = parseMessage(text)
  if (!parsed.ok || !(parsed.message instanceof SipRequest)) throw new Error(`not a request: ${JSON.stringify(parsed)}`)
  return parsed.message
}

describe('parseMessage', () => {
  it('reads compact names, folded lines, odd spacing and repeated headers', () => {
    const message = request(
      lines(
        'INVITE sip:a@h SIP/2.0',
        'v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa',
        'VIA :\tSIP/2.0/UDP 192.0.2.2',
        'f: <sip:b@h>',
        '  ;tag=1',
        'T  : <sip:a@h>',
        'l: 3',
        'Subject: one',
        '\ttwo',
        '   three',
        '',
        'abcdef',
      ),
    )
    expect(message.all('via')).toEqual(['SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa', 'SIP/2.0/UDP 192.0.2.2'])
    expect(message.header('from')).toBe('<sip:b@h> ;tag=1')
    expect(message.header('to')).toBe('<sip:a@h>')
    expect(message.header('subject')).toBe('one two three')
    expect(message.body).toBe('abc')
  })

  it('takes bare LF, leading CRLF and a head without end', () => {
    expect(request('\r\n\r\nOPTIONS sip:h SIP/2.0\nTo: x\n\nbody').body).toBe('body')
    expect(request('OPTIONS sip:h SIP/2.0\r\nTo: x').header('to')).toBe('x')
  })

  it('reads bytes as latin1 and keeps them', () => {
    const parsed = parseMessage(Buffer.from('SIP/2.0 200 Grün\r\n\r\n', 'utf8'))
    expect(
      parsed.ok &&
        parsed.message instanceof SipResponse &&
        Buffer.from(parsed.message.reason, 'latin1').toString('utf8'),
    ).toBe('Grün')
  })

  it('reads status lines with and without a phrase', () => {
    for (const text of ['SIP/2.0 180 Ringing\r\n\r\n', 'SIP/2.0 180 \r\n\r\n', 'SIP/2.0 180\r\n\r\n']) {
      const parsed = parseMessage(text)
      expect(parsed.ok && parsed.message instanceof SipResponse && parsed.message.status).toBe(180)
    }
  })

  it.each([
    ['no SIP at all', 'GET / HTTP/1.1\r\n\r\n', 400, 'SB_SIP_NOT_SIP', false],
    ['an empty text', '\r\n\r\n', 400, 'SB_SIP_NOT_SIP', false],
    ['another version', 'OPTIONS sip:h SIP/7.0\r\n\r\n', 505, 'SB_SIP_VERSION', true],
    ['spaces in the URI', 'OPTIONS sip:a b@h SIP/2.0\r\n\r\n', 400, 'SB_SIP_START_LINE', true],
    ['no URI', 'OPTIONS SIP/2.0\r\n\r\n', 400, 'SB_SIP_START_LINE', true],
    ['two spaces', 'OPTIONS  sip:h SIP/2.0\r\n\r\n', 400, 'SB_SIP_START_LINE', true],
    ['a trailing space', 'OPTIONS sip:h SIP/2.0 \r\n\r\n', 400, 'SB_SIP_START_LINE', true],
    ['a long URI', `OPTIONS sip:${'x'.repeat(1100)} SIP/2.0\r\n\r\n`, 414, 'SB_SIP_URI_LENGTH', true],
    ['a status out of range', 'SIP/2.0 99 Low\r\n\r\n', 400, 'SB_SIP_NOT_SIP', false],
    ['a huge status', 'SIP/2.0 4294967301 x\r\n\r\n', 400, 'SB_SIP_NOT_SIP', false],
    ['a header without colon', 'OPTIONS sip:h SIP/2.0\r\nVia\r\n\r\n', 400, 'SB_SIP_START_LINE', true],
    ['a header name with a space', 'OPTIONS sip:h SIP/2.0\r\nA b: c\r\n\r\n', 400, 'SB_SIP_START_LINE', true],
    ['a header without name', 'OPTIONS sip:h SIP/2.0\r\n: c\r\n\r\n', 400, 'SB_SIP_START_LINE', true],
    ['a bare CR in a value', 'OPTIONS sip:h SIP/2.0\r\nTo: a\rb\r\n\r\n', 400, 'SB_SIP_HEADER', true],
    ['NUL in a value', 'OPTIONS sip:h SIP/2.0\r\nTo: a\0b\r\n\r\n', 400, 'SB_SIP_HEADER', true],
    ['a long value', `OPTIONS sip:h SIP/2.0\r\nTo: ${'x'.repeat(9000)}\r\n\r\n`, 400, 'SB_SIP_TOO_LARGE', true],
    ['too many headers', `OPTIONS sip:h SIP/2.0\r\n${'X: y\r\n'.repeat(300)}\r\n`, 513, 'SB_SIP_TOO_LARGE', true],
    [
      'a long head',
      `OPTIONS sip:h SIP/2.0\r\n${`X: ${'y'.repeat(4000)}\r\n`.repeat(12)}\r\n`,
      513,
      'SB_SIP_TOO_LARGE',
      true,
    ],
    ['a huge message', 'x'.repeat(70_000), 513, 'SB_SIP_TOO_LARGE', false],
    ['Content-Length: abc', 'OPTIONS sip:h SIP/2.0\r\nContent-Length: abc\r\n\r\n', 400, 'SB_SIP_HEADER', true],
    ['Content-Length: -1', 'OPTIONS sip:h SIP/2.0\r\nl: -1\r\n\r\n', 400, 'SB_SIP_HEADER', true],
    ['two lengths', 'OPTIONS sip:h SIP/2.0\r\nl: 0\r\nl: 1\r\n\r\nx', 400, 'SB_SIP_HEADER', true],
    ['a length beyond the end', 'OPTIONS sip:h SIP/2.0\r\nl: 9\r\n\r\nx', 400, 'SB_SIP_CONTENT_LENGTH', true],
  ])('refuses %s', (_name, text, status, code, answerable) => {
    const parsed = parseMessage(text)
    expect(parsed).toMatchObject({ ok: false, fault: { status, code } })
    expect(!parsed.ok && parsed.partial !== null).toBe(answerable)
  })
})

describe('header values', () => {
  it('Via', () => {
    expect(parseVia('SIP / 2.0 / udp  host.example : 5070 ; branch = z9hG4bK1 ;rport')).toMatchObject({
      transport: 'UDP',
      host: 'host.example',
      port: 5070,
      branch: 'z9hG4bK1',
      rport: '',
    })
    expect(parseVia('SIP/2.0/TCP [2001:db8::9]:5060;received=192.0.2.1;branch=z9hG4bK2')).toMatchObject({
      host: '2001:db8::9',
      received: '192.0.2.1',
    })
    for (const bad of [
      '',
      'SIP/2.0',
      'SIP/3.0/UDP h',
      'SIP/2.0/UDP',
      'SIP/2.0/UDP h h2',
      'SIP/2.0/UDP h;=',
      'SIP/2.0/U@P h',
    ])
      expect(parseVia(bad)).toBeNull()
  })

  it('From and To', () => {
    expect(parseNameAddress('"A. \\"B\\" <x>" <sip:a@h;lr>;tag=1')).toEqual({
      display: 'A. "B" <x>',
      uri: 'sip:a@h;lr',
      parameters: expect.objectContaining({ tag: '1' }),
    })
    expect(parseNameAddress('sip:a@h;tag=7')).toMatchObject({ uri: 'sip:a@h', parameters: { tag: '7' } })
    expect(parseNameAddress('Bob Smith <sip:b@h> ; tag = x')).toMatchObject({
      display: 'Bob Smith',
      parameters: { tag: 'x' },
    })
    for (const bad of ['', '"open <sip:a@h>', '<sip:a@h', '"x" sip:a@h', 'sip:a@h?x=y', '<>'])
      expect(parseNameAddress(bad)).toBeNull()
  })

  it('CSeq, lists, types, reasons', () => {
    expect(parseCSeq('0009  INVITE')).toEqual({ number: 9, method: 'INVITE' })
    for (const bad of ['INVITE', '1', '-1 INVITE', '2147483648 INVITE', '1 IN VITE', ''])
      expect(parseCSeq(bad)).toBeNull()
    expect(listOf(['<sip:a,b@h>, "x,y" <sip:c@h>', 'd'])).toEqual(['<sip:a,b@h>', '"x,y" <sip:c@h>', 'd'])
    expect(listOf([','.repeat(500)])).toEqual([])
    expect(listOf(['a,'.repeat(71)])).toBeNull()
    expect(listOf(['"open, x'])).toBeNull()
    expect(parseMediaType('Application / SDP ; charset=utf-8')).toMatchObject({ type: 'application/sdp' })
    expect(parseMediaType('sdp')).toBeNull()
    expect(reasonText('Q.850 ;cause=16 ;text="Normal, clearing", SIP;cause=200')).toBe('Q.850 16 Normal, clearing')
    expect(reasonText(undefined)).toBeNull()
  })
})

describe('responses', () => {
  const from = { transport: 'udp', address: '203.0.113.9', port: 40_000, flow: null } as const
  const options = (via: string): SipRequest =>
    request(
      lines(
        'OPTIONS sip:h SIP/2.0',
        `Via: ${via}`,
        'Via: SIP/2.0/UDP far',
        'From: <sip:a@h>;tag=1',
        'To: <sip:b@h>',
        'Call-ID: c',
        'CSeq: 1 OPTIONS',
        '',
        '',
      ),
    )

  it.each([
    ['SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK1', 'SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bK1', 5080],
    ['SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1', 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=203.0.113.9', 5060],
    [
      'SIP/2.0/UDP 10.0.0.1:9;rport;branch=z9hG4bK1',
      'SIP/2.0/UDP 10.0.0.1:9;branch=z9hG4bK1;received=203.0.113.9;rport=40000',
      40_000,
    ],
    [
      'SIP/2.0/UDP h;rport;received=1.2.3.4, SIP/2.0/UDP second',
      'SIP/2.0/UDP h;received=203.0.113.9;rport=40000, SIP/2.0/UDP second',
      40_000,
    ],
    ['SIP/2.0/UDP h:7;maddr=198.51.100.1', 'SIP/2.0/UDP h:7;maddr=198.51.100.1;received=203.0.113.9', 7],
  ])('%s', (written, stamped, port) => {
    const message = options(written)
    const via = topVia(message)
    if (via === null) throw new Error('no Via')
    expect(stampedVia(message.header('via') as string, via, from)).toBe(stamped)
    expect(responseTarget(via, from)).toMatchObject({ address: '203.0.113.9', port })
  })

  it('copy what they must, and take no line breaks from anybody', () => {
    const text = buildResponse(
      options('SIP/2.0/UDP h'),
      null,
      'me',
      486,
      'Busy\r\nEvil: 1',
      extraLines([
        ['X-A', 'b\r\nEvil: 2'],
        ['Via', 'mine'],
        ['bad name', 'x'],
        ['X-U', '→'],
      ]),
    )
    expect(text.split('\r\n')).toEqual([
      'SIP/2.0 486 Busy  Evil: 1',
      'Via: SIP/2.0/UDP h',
      'Via: SIP/2.0/UDP far',
      'From: <sip:a@h>;tag=1',
      'To: <sip:b@h>;tag=me',
      'Call-ID: c',
      'CSeq: 1 OPTIONS',
      'X-A: b  Evil: 2',
      `X-U: ${Buffer.from('→').toString('latin1')}`,
      'Content-Length: 0',
      '',
      '',
    ])
  })
})
