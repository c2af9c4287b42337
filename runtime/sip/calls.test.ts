import { describe, expect, it } from 'vitest'
import type { Transport } from './api.ts'
import { isEmpty, types } from './network-simulation.ts'
import { A, B, dial, keyOf, last, pair } from './paired-calls.ts'

describe.each<Transport>(['udp', 'tcp'])('a call over %s', transport => {
  it('is set up, acknowledged and taken down by the caller, and leaves nothing', () => {
    const { net, a, b } = pair(transport)
    dial(a, { transport })
    net.run(1000)
    expect(types(a)).toEqual(['provisional', 'answered'])
    expect(types(b)).toEqual(['incoming', 'acked'])
    expect(last(a, 'answered').media).toMatchObject({
      law: 'PCMU',
      payloadType: 0,
      dtmfPayloadType: 101,
      remote: { address: '192.0.2.2', port: 20_000, rtcpPort: 20_001 },
    })
    expect(last(b, 'acked').media).toMatchObject({
      law: 'PCMU',
      remote: { address: '192.0.2.1', port: 10_000 },
      direction: 'sendrecv',
      hold: false,
    })
    a.command({ do: 'hangUp', call: 'x', reason: { protocol: 'Q.850', cause: 16, text: 'done' } })
    net.run(2000)
    expect(last(a, 'ended')).toMatchObject({ by: 'local', cause: 'bye' })
    expect(last(b, 'ended')).toMatchObject({ by: 'remote', cause: 'bye', reason: 'Q.850 16 done' })
    net.run(100_000)
    expect(isEmpty(a.ua)).toBe(true)
    expect(isEmpty(b.ua)).toBe(true)
  })

  it('is taken down by the callee', () => {
    const { net, a, b } = pair(transport)
    dial(a, { transport })
    net.run(1000)
    b.command({ do: 'hangUp', call: keyOf(b) })
    net.run(100_000)
    expect(types(a).at(-1)).toBe('ended')
    expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  })

  it('with a late offer learns the law from the ACK', () => {
    const { net, a, b } = pair(transport)
    dial(a, { transport, offer: 'late', local: { ...A, laws: ['PCMA'] } })
    net.run(1000)
    expect(last(b, 'incoming').incoming.media).toBeNull()
    expect(last(b, 'acked').media).toMatchObject({
      law: 'PCMA',
      payloadType: 8,
      remote: { address: '192.0.2.1', port: 10_000 },
    })
    expect(last(a, 'answered').media).toMatchObject({ law: 'PCMA', remote: { address: '192.0.2.2', port: 20_000 } })
  })

  it('that is cancelled while ringing ends with 487 on both sides', () => {
    const { net, a, b } = pair(transport, false)
    b.onEvent = e => e.type === 'incoming' && b.command({ do: 'ring', call: e.call })
    dial(a, { transport })
    net.run(1000)
    a.command({ do: 'hangUp', call: 'x', reason: { protocol: 'SIP', cause: 200, text: 'answered elsewhere' } })
    net.run(2000)
    expect(last(a, 'ended')).toMatchObject({ by: 'local', cause: 'cancelled', status: 487 })
    expect(last(b, 'ended')).toMatchObject({
      by: 'remote',
      cause: 'cancelled',
      status: 487,
      reason: 'SIP 200 answered elsewhere',
    })
    net.run(100_000)
    expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  })

  it('that is refused carries status and Retry-After, and no provisional response was sent', () => {
    const { net, a, b } = pair(transport, false)
    b.onEvent = e => e.type === 'incoming' && b.command({ do: 'reject', call: e.call, status: 503, retryAfterS: 7 })
    dial(a, { transport })
    net.run(1000)
    expect(last(a, 'ended')).toMatchObject({ by: 'remote', cause: 'rejected', status: 503, retryAfterS: 7 })
    expect(net.sent.filter(p => p.text.startsWith('SIP/2.0 1'))).toHaveLength(0)
    net.run(100_000)
    expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  })
})

describe('before the answer', () => {
  it('100 follows after 200 ms when the upper layer says nothing, and 180 is repeated each minute', () => {
    const { net, a, b } = pair('udp', false)
    dial(a)
    net.run(150)
    expect(net.sent).toHaveLength(1)
    net.run(250)
    expect(net.sent.map(p => p.text.split('\r\n', 1)[0])).toContain('SIP/2.0 100 Trying')
    b.command({ do: 'ring', call: keyOf(b) })
    net.run(130_000)
    expect(net.sent.filter(p => p.text.startsWith('SIP/2.0 180'))).toHaveLength(3)
  })

  it('a closed admission refuses INVITE and OPTIONS with 503 and tells nobody of a call', () => {
    const { net, a, b } = pair()
    b.command({ do: 'admit', admission: { open: false, retryAfterS: 11 } })
    dial(a)
    net.run(1000)
    expect(last(a, 'ended')).toMatchObject({ status: 503, retryAfterS: 11 })
    expect(types(b)).toEqual([])
    expect(isEmpty(b.ua)).toBe(true)
  })

  it('nobody answers: timeout after 64*T1', () => {
    const { net, a } = pair()
    net.fate = () => []
    dial(a)
    net.run(31_600)
    expect(net.sent).toHaveLength(7) // at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s: timer A
    net.run(33_000)
    expect(last(a, 'ended')).toMatchObject({ cause: 'timeout', status: 408, code: 'SB_SIP_TIMEOUT' })
    expect(isEmpty(a.ua)).toBe(true)
  })

  it('a transport that refuses ends the call as unreachable', () => {
    const { net, a } = pair()
    dial(a)
    const [key] = [...a.ua.clients.keys()] as [string]
    a.command({ do: 'sendFailed', transaction: key })
    expect(last(a, 'ended')).toMatchObject({ cause: 'unreachable' })
    expect(net.sent).toHaveLength(1)
    expect(isEmpty(a.ua)).toBe(true)
  })

  it('ringing has an end', () => {
    const { net, a, b } = pair('udp', false)
    b.onEvent = e => e.type === 'incoming' && b.command({ do: 'ring', call: e.call })
    dial(a, { ringMs: 20_000 })
    net.run(30_000)
    expect(last(a, 'ended')).toMatchObject({ by: 'local', cause: 'timeout', status: 487 })
  })

  it('CANCEL before any response waits for one; a 2xx that crosses it is acknowledged and taken down', () => {
    const { net, a, b } = pair()
    net.fate = p => (p.text.startsWith('SIP/2.0 180') ? [] : [5])
    dial(a)
    a.command({ do: 'hangUp', call: 'x' })
    net.run(1000)
    expect(net.sent.some(p => p.text.startsWith('CANCEL'))).toBe(false)
    expect(last(a, 'ended')).toMatchObject({ cause: 'cancelled' })
    expect(types(b)).toEqual(['incoming', 'acked', 'ended'])
    net.run(100_000)
    expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  })

  it('BYE in the early dialog ends it with 487', () => {
    const { net, a, b } = pair('udp', false)
    b.onEvent = e => e.type === 'incoming' && b.command({ do: 'ring', call: e.call })
    dial(a)
    net.run(100)
    const ringing = net.sent.findLast(p => p.text.startsWith('SIP/2.0 180'))?.text ?? ''
    const line = (name: string): string => ringing.split('\r\n').find(l => l.startsWith(`${name}:`)) as string
    const bye = [
      'BYE sip:switchboard@192.0.2.2:5060 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKbye;rport',
      line('From'),
      line('To'),
      line('Call-ID'),
      'CSeq: 2 BYE',
      '',
      '',
    ].join('\r\n')
    const answers = net.inject(b, bye, { transport: 'udp', address: '192.0.2.1', port: 5060, flow: null })
    expect(answers.map(t => t.split('\r\n', 1)[0])).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 487 Request Terminated'])
    net.run(100_000)
    expect(last(a, 'ended')).toMatchObject({ status: 487 })
    expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  })
})

describe('the answer', () => {
  it('is repeated until its ACK, and the ACK is repeated for each copy', () => {
    const { net, a, b } = pair()
    let acks = 0
    net.fate = p => (p.text.startsWith('ACK') && ++acks < 4 ? [] : [5])
    dial(a)
    net.run(10_000)
    expect(net.sent.filter(p => p.text.startsWith('SIP/2.0 200'))).toHaveLength(4)
    expect(new Set(net.sent.filter(p => p.text.startsWith('ACK')).map(p => p.text)).size).toBe(1)
    expect(types(b)).toEqual(['incoming', 'acked'])
  })

  it('without any ACK ends with BYE after 64*T1', () => {
    const { net, a, b } = pair()
    net.fate = p => (p.text.startsWith('ACK') ? [] : [5])
    dial(a)
    net.run(31_000)
    expect(types(b)).toEqual(['incoming'])
    net.run(34_000)
    expect(last(b, 'ended')).toMatchObject({ cause: 'no-ack', by: 'local', code: 'SB_SIP_NO_ACK' })
    expect(last(a, 'ended')).toMatchObject({ cause: 'bye', by: 'remote' })
    net.run(200_000)
    expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  })

  it('hung up before its ACK: the end is told at once, BYE waits for the ACK', () => {
    const { net, a, b } = pair()
    let hold = true
    net.fate = p => (p.text.startsWith('ACK') && hold ? [] : [5])
    dial(a)
    net.run(100)
    b.command({ do: 'hangUp', call: keyOf(b) })
    expect(last(b, 'ended')).toMatchObject({ by: 'local', cause: 'bye' })
    expect(net.sent.some(p => p.text.startsWith('BYE'))).toBe(false)
    hold = false
    net.run(2000)
    expect(net.sent.some(p => p.text.startsWith('BYE'))).toBe(true)
    expect(types(a).at(-1)).toBe('ended')
  })

  it('that answers something else than the offer is acknowledged and taken down', () => {
    const { net, a, b } = pair()
    net.fate = () => [5]
    b.onEvent = e => e.type === 'incoming' && b.command({ do: 'answer', call: e.call, local: { ...B, laws: ['PCMU'] } })
    a.command({
      do: 'invite',
      call: 'x',
      to: 'sip:agent@192.0.2.2',
      from: 'sip:me@192.0.2.1',
      local: { ...A, laws: ['PCMA'] },
    })
    net.run(1000)
    // PCMA was offered, only PCMU may be answered: refused, not answered wrongly.
    expect(last(a, 'ended')).toMatchObject({ status: 488, cause: 'rejected' })
    expect(net.sent.some(p => p.text.includes('Warning: 305'))).toBe(true)
  })
})
