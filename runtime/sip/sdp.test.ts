import { describe, expect, it } from 'vitest'
import { LIMITS } from './limits.ts'
import { sessionBody } from './multipart.ts'
import { parseMessage } from './parse.ts'
import { parseSdp } from './sdp.ts'

const sdp = (...lines: string[]): string => ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', ...lines].join('\r\n')

describe('parseSdp', () => {
  it('takes media level over session level', () => {
    const parsed = parseSdp(
      sdp(
        'c=IN IP4 192.0.2.1',
        't=0 0',
        'a=sendonly',
        'm=audio 4000/2 RTP/AVP 0 101',
        'c=IN IP4 192.0.2.9/127',
        'a=rtpmap:101 telephone-event/8000/1',
        'a=rtcp:4007 IN IP4 192.0.2.8',
        'a=rtcp-mux',
        'a=ptime:30',
        'a=maxptime:60',
        'm=video 0 RTP/AVP 96',
        'a=inactive',
      ),
    )
    expect(parsed?.origin).toBe('- 1 1 IN IP4 192.0.2.1')
    expect(parsed?.media).toEqual([
      {
        type: 'audio',
        port: 4000,
        protocol: 'RTP/AVP',
        formats: ['0', '101'],
        address: '192.0.2.9',
        direction: 'sendonly',
        rtpmaps: [{ payloadType: 101, name: 'TELEPHONE-EVENT', clock: 8000, channels: 1 }],
        rtcp: { port: 4007, address: '192.0.2.8' },
        rtcpMux: true,
        ptime: 30,
        maxptime: 60,
      },
      expect.objectContaining({ type: 'video', port: 0, address: '192.0.2.1', direction: 'inactive' }),
    ])
  })

  it('takes bare LF, IPv6, unknown lines and attributes, and the order of lines as it comes', () => {
    const parsed = parseSdp(
      'v=0\no=a 2 3 IN IP6 2001:db8::1\ns= \nb=AS:64\nk=x\nz=0 0\na=tool:x\nt=0 0\nc=IN IP6 2001:db8::1\nm=audio 6 RTP/AVP 8\na=ice-lite\na=ptime:20.0\n',
    )
    expect(parsed?.media[0]).toMatchObject({ address: '2001:db8::1', ptime: 20, direction: 'sendrecv' })
  })

  it('knows a host name from an address', () => {
    expect(parseSdp(sdp('c=IN IP4 media.example', 'm=audio 4 RTP/AVP 0'))?.media[0]?.address).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['no version', 'o=- 1 1 IN IP4 h\r\nm=audio 4 RTP/AVP 0'],
    ['no origin', 'v=0\r\nm=audio 4 RTP/AVP 0'],
    ['another version', sdp('v=1')],
    ['a broken origin', 'v=0\r\no=- 1 1 IN\r\n'],
    ['text', 'hello'],
    ['a port out of range', sdp('m=audio 70000 RTP/AVP 0')],
    ['an m-line without formats', sdp('m=audio 4000 RTP/AVP')],
    ['a broken c-line', sdp('c=IN IP4')],
    ['a broken rtpmap', sdp('m=audio 4 RTP/AVP 96', 'a=rtpmap:96')],
    ['too many streams', sdp(...Array<string>(LIMITS.sdpMedia + 1).fill('m=audio 4 RTP/AVP 0'))],
    ['too many formats', sdp(`m=audio 4 RTP/AVP ${'0 '.repeat(100)}`)],
    ['too many lines', sdp(...Array<string>(LIMITS.sdpLines).fill('a=x'))],
    ['too long', sdp(`a=${'x'.repeat(LIMITS.body)}`)],
  ])('refuses %s', (_name, text) => {
    expect(parseSdp(text)).toBeNull()
  })
})

describe('sessionBody', () => {
  const body = (headers: string[], text: string): ReturnType<typeof sessionBody> => {
    const parsed = parseMessage(['INVITE sip:h SIP/2.0', ...headers, '', text].join('\r\n'))
    if (!parsed.ok) throw new Error(parsed.fault.code)
    return sessionBody(parsed.message)
  }
  const parts = [
    'preamble',
    '--b',
    'Content-Type: application/isup',
    '',
    'x',
    '--b',
    'c: application/sdp',
    'Content-Disposition: session',
    '',
    'v=0',
    '--b--',
    '',
  ].join('\r\n')

  it.each([
    ['no body', [], '', { kind: 'none' }],
    ['SDP', ['Content-Type: application/SDP;charset=x'], 'v=0', { kind: 'sdp', text: 'v=0' }],
    ['compact', ['c: application/sdp'], 'v=0', { kind: 'sdp', text: 'v=0' }],
    ['multipart', ['Content-Type: multipart/mixed;boundary=b'], parts, { kind: 'sdp', text: 'v=0' }],
    ['quoted boundary', ['Content-Type: multipart/related; boundary="b"'], parts, { kind: 'sdp', text: 'v=0' }],
    [
      'multipart without SDP',
      ['Content-Type: multipart/mixed;boundary=c'],
      parts,
      { kind: 'unsupported', why: 'type' },
    ],
    ['no type', [], 'v=0', { kind: 'unsupported', why: 'type' }],
    ['another type', ['Content-Type: text/plain'], 'x', { kind: 'unsupported', why: 'type' }],
    [
      'another type that is optional',
      ['Content-Type: text/plain', 'Content-Disposition: render; handling=optional'],
      'x',
      { kind: 'none' },
    ],
    ['compressed', ['Content-Type: application/sdp', 'e: gzip'], 'x', { kind: 'unsupported', why: 'encoding' }],
  ] as const)('%s', (_name, headers, text, expected) => {
    expect(body([...headers], text)).toEqual(expected)
  })
})
