import { describe, expect, it } from 'vitest'
import type { LocalMedia, MediaDescription } from './media-description.ts'
import { type Answered, answer, offer, preview, readAnswer, type Session } from './offer-answer.ts'
import { parseSdp, type Sdp } from './sdp.ts'

const BOTH = ['PCMU', 'PCMA'] as const
const local: LocalMedia = { address: '198.51.100.5', port: 30_000 }

function sdp(...lines: string[]): Sdp {
  const parsed = parseSdp(
    ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines].join('\r\n'),
  )
  if (parsed === null) throw new Error('bad fixture')
  return parsed
}

function ok(offered: Sdp, previous: Session | null = null, mine: LocalMedia = local): Answered {
  const made = answer(offered, mine, BOTH, previous, 77)
  if ('warning' in made) throw new Error(made.text)
  return made
}

describe('answer', () => {
  it('says one law, its telephone-event, and refuses every other stream in its place', () => {
    const made = ok(
      sdp(
        'm=video 5000 RTP/AVP 96',
        'm=audio 4000 RTP/AVP 18 8 0 101',
        'a=rtpmap:101 telephone-event/8000',
        'm=audio 4002 RTP/AVP 0',
        'm=image 5 udptl t38',
      ),
    )
    expect(made.text.split('\r\n')).toEqual([
      'v=0',
      'o=- 77 1 IN IP4 198.51.100.5',
      's=-',
      'c=IN IP4 198.51.100.5',
      't=0 0',
      'm=video 0 RTP/AVP 96',
      'm=audio 30000 RTP/AVP 8 101',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-16',
      'a=ptime:20',
      'a=sendrecv',
      'm=audio 0 RTP/AVP 0',
      'm=image 0 udptl t38',
      '',
    ])
    expect(made.media).toEqual({
      remote: { address: '192.0.2.1', port: 4000, rtcpPort: 4001 },
      law: 'PCMA',
      payloadType: 8,
      dtmfPayloadType: 101,
      receive: { payloadType: 8, dtmfPayloadType: 101 },
      ptimeMs: 20,
      rtcpMux: false,
      direction: 'sendrecv',
      hold: false,
    } satisfies MediaDescription)
  })

  it.each<[string, string[], Partial<MediaDescription>]>([
    ['static types need no map', ['m=audio 4 RTP/AVP 0'], { law: 'PCMU', payloadType: 0, dtmfPayloadType: null }],
    [
      'dynamic types',
      ['m=audio 4 RTP/AVP 97 98', 'a=rtpmap:97 pcma/8000', 'a=rtpmap:98 telephone-event/8000'],
      { law: 'PCMA', payloadType: 97, dtmfPayloadType: 98 },
    ],
    [
      'a map beats the static number',
      ['m=audio 4 RTP/AVP 0 8', 'a=rtpmap:0 G726-32/8000'],
      { law: 'PCMA', payloadType: 8 },
    ],
    [
      'events on another clock are not ours',
      ['m=audio 4 RTP/AVP 9 0 100 101', 'a=rtpmap:100 telephone-event/16000', 'a=rtpmap:101 telephone-event/8000'],
      { dtmfPayloadType: 101 },
    ],
    [
      'events that are mapped but not listed',
      ['m=audio 4 RTP/AVP 0', 'a=rtpmap:101 telephone-event/8000'],
      { dtmfPayloadType: null },
    ],
    ['two channels are not ours', ['m=audio 4 RTP/AVP 96 8', 'a=rtpmap:96 PCMU/8000/2'], { law: 'PCMA' }],
    [
      'a dead first stream',
      ['m=audio 0 RTP/AVP 0', 'm=audio 8 RTP/AVP 8'],
      { law: 'PCMA', remote: { address: '192.0.2.1', port: 8, rtcpPort: 9 } },
    ],
    [
      'secure and plain side by side',
      ['m=audio 6 RTP/SAVP 0', 'm=audio 8 RTP/AVP 0'],
      { remote: { address: '192.0.2.1', port: 8, rtcpPort: 9 } },
    ],
    [
      'rtcp attribute',
      ['m=audio 8 RTP/AVP 0', 'a=rtcp:555'],
      { remote: { address: '192.0.2.1', port: 8, rtcpPort: 555 } },
    ],
    [
      'rtcp-mux',
      ['m=audio 8 RTP/AVP 0', 'a=rtcp-mux', 'a=rtcp:9'],
      { rtcpMux: true, remote: { address: '192.0.2.1', port: 8, rtcpPort: 8 } },
    ],
    ['ptime', ['m=audio 8 RTP/AVP 0', 'a=ptime:30'], { ptimeMs: 30 }],
    ['a ptime below ours', ['m=audio 8 RTP/AVP 0', 'a=ptime:5'], { ptimeMs: 10 }],
    ['maxptime', ['m=audio 8 RTP/AVP 0', 'a=ptime:40', 'a=maxptime:30'], { ptimeMs: 30 }],
    ['an absurd ptime', ['m=audio 8 RTP/AVP 0', 'a=ptime:1000'], { ptimeMs: 60 }],
    ['hold', ['m=audio 8 RTP/AVP 0', 'a=sendonly'], { direction: 'recvonly', hold: true }],
    ['hold without music', ['m=audio 8 RTP/AVP 0', 'a=inactive'], { direction: 'inactive', hold: true }],
    ['listening only', ['m=audio 8 RTP/AVP 0', 'a=recvonly'], { direction: 'sendonly', hold: false }],
    ['hold the old way', ['m=audio 8 RTP/AVP 0', 'c=IN IP4 0.0.0.0'], { direction: 'recvonly', hold: true }],
    [
      'hold both ways',
      ['m=audio 8 RTP/AVP 0', 'c=IN IP4 0.0.0.0', 'a=recvonly'],
      { direction: 'inactive', hold: true },
    ],
  ])('%s', (_name, lines, expected) => {
    const offered = sdp(...lines)
    expect(ok(offered).media).toMatchObject(expected)
    expect(preview(offered, BOTH, local.address)).toMatchObject(expected)
  })

  it.each([
    [304, 'Media type not available', ['m=video 4 RTP/AVP 96']],
    [304, 'Media type not available', ['m=audio 0 RTP/AVP 0']],
    [304, 'Media type not available', []],
    [302, 'Incompatible transport protocol', ['m=audio 4 RTP/SAVP 0']],
    [305, 'Incompatible media format', ['m=audio 4 RTP/AVP 9 18 111', 'a=rtpmap:111 opus/48000/2']],
    [305, 'Incompatible media format', ['m=audio 4 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000']],
    [300, 'Incompatible network protocol', ['m=audio 4 RTP/AVP 0', 'c=IN IP4 media.example']],
    [300, 'Incompatible network protocol', ['m=audio 4 RTP/AVP 0', 'c=IN IP4 224.2.1.1/127']],
    [300, 'Incompatible network protocol', ['m=audio 4 RTP/AVP 0', 'c=IN IP6 2001:db8::7']],
  ])('refuses with %i %s: %j', (warning, text, lines) => {
    expect(answer(sdp(...lines), local, BOTH, null, 1)).toEqual({ warning, text })
  })

  it('repeats itself for the same offer, and counts up for another', () => {
    const first = ok(sdp('m=audio 4000 RTP/AVP 0 8'))
    const again = ok(sdp('m=audio 4000 RTP/AVP 0 8'), first.session)
    expect(again.text).toBe(first.text)
    const held = ok(sdp('m=audio 4000 RTP/AVP 0 8', 'a=sendonly'), again.session)
    expect(held.text).toContain('o=- 77 2 IN')
    const law = ok(sdp('m=audio 4000 RTP/AVP 8 0'), held.session)
    expect(law.text).toContain('o=- 77 3 IN')
    expect(law.media.law).toBe('PCMA')
  })

  it('keeps our own hold', () => {
    const made = ok(sdp('m=audio 4000 RTP/AVP 0'), null, { ...local, direction: 'sendonly' })
    expect(made.text).toContain('a=sendonly')
    expect(made.media).toMatchObject({ direction: 'sendonly', hold: false })
  })

  it('names our RTCP port when it is not the next one, and none with rtcp-mux', () => {
    expect(ok(sdp('m=audio 4 RTP/AVP 0'), null, { ...local, rtcpPort: 31_000 }).text).toContain('a=rtcp:31000')
    const muxed = ok(sdp('m=audio 4 RTP/AVP 0', 'a=rtcp-mux'), null, { ...local, rtcpPort: 31_000 }).text
    expect(muxed).toContain('a=rtcp-mux')
    expect(muxed).not.toContain('a=rtcp:')
  })

  it('speaks IPv6', () => {
    expect(
      ok(sdp('m=audio 4 RTP/AVP 0', 'c=IN IP6 2001:db8::7'), null, { address: '2001:db8::5', port: 6 }).text,
    ).toContain('c=IN IP6 2001:db8::5')
  })
})

describe('offer', () => {
  it('lists our laws, then what the answer chose is agreed', () => {
    const made = offer(local, BOTH, null, 9)
    expect(made.text).toContain('m=audio 30000 RTP/AVP 0 8 101')
    const agreed = readAnswer(
      sdp('m=audio 4000 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:30'),
      made.session,
      local,
    )
    expect(agreed?.media).toMatchObject({
      law: 'PCMA',
      payloadType: 8,
      dtmfPayloadType: 96,
      receive: { payloadType: 8, dtmfPayloadType: 101 },
      ptimeMs: 30,
    })
  })

  it('after an answer keeps the places of all streams and the payload types', () => {
    const answered = ok(
      sdp(
        'm=video 5 RTP/AVP 96',
        'm=audio 4 RTP/AVP 97 98',
        'a=rtpmap:97 PCMU/8000',
        'a=rtpmap:98 telephone-event/8000',
      ),
    )
    const made = offer(local, BOTH, answered.session, 9)
    expect(made.text).toContain('m=video 0 RTP/AVP 96\r\nm=audio 30000 RTP/AVP 97 8 98')
    expect(made.text).toContain('o=- 77 2 IN')
    expect(readAnswer(sdp('m=audio 4 RTP/AVP 97'), made.session, local)).toBeNull()
    expect(
      readAnswer(sdp('m=video 0 RTP/AVP 96', 'm=audio 4 RTP/AVP 97', 'a=rtpmap:97 PCMU/8000'), made.session, local)
        ?.media.law,
    ).toBe('PCMU')
  })

  it.each([
    ['no stream', []],
    ['our stream refused', ['m=audio 0 RTP/AVP 0']],
    ['a law that was not offered', ['m=audio 4 RTP/AVP 8']],
    ['another protocol', ['m=audio 4 RTP/SAVP 0']],
  ])('an answer with %s is none', (_name, lines) => {
    const made = offer({ ...local, laws: ['PCMU'] }, BOTH, null, 9)
    expect(readAnswer(sdp(...lines), made.session, local)).toBeNull()
  })
})
