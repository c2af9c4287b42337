/** Offers in re-INVITE and UPDATE, written by hand on one side. */
import { describe, expect, it } from 'vitest'

import { Network, types } from './network-simulation.ts'
import { AUDIO, bodyOf, keyOf, mediaOf, PROXY, script, sdp } from './scripted-call.ts'
import { field, start } from './scripted-peer.ts'

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
