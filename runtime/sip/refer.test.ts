import { describe, expect, it } from 'vitest'
import { isEmpty } from './network-simulation.ts'
import { bodyOf, keyOf, PROXY, type Script, script } from './scripted-call.ts'
import { field, start } from './scripted-peer.ts'

const TARGET = 'sip:+14155550199@pbx.example'

/** An answered call whose peer was asked to call somebody else; the REFER as it was sent. */
function referring(): Script & { refer: string } {
  const call = script()
  call.peer.command({ do: 'refer', call: keyOf(call.peer), to: TARGET, by: 'sip:agent@192.0.2.1' })
  const refer = call.net.sent.at(-1)?.text ?? ''
  return { ...call, refer }
}

const results = ({ peer }: Script) => peer.events.filter(e => e.type === 'referring' || e.type === 'referred')
const answer = (call: Script & { refer: string }, status: string): string[] =>
  call.net.inject(
    call.peer,
    [
      `SIP/2.0 ${status}`,
      ...['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(name => `${name}: ${field(call.refer, name)}`),
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
    PROXY,
  )

let cseq = 10
function notify(call: Script, body: string, state = 'active;expires=60', event = 'refer', type = 'message/sipfrag') {
  cseq++
  return call.net.inject(
    call.peer,
    [
      'NOTIFY sip:agent@192.0.2.1 SIP/2.0',
      `Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKn${cseq}`,
      'From: "C" <sip:caller@example.com>;tag=c1',
      `To: ${call.to}`,
      'Call-ID: d@test',
      `CSeq: ${cseq} NOTIFY`,
      'Contact: <sip:caller@198.51.100.7:5080>',
      `Event: ${event}`,
      `Subscription-State: ${state}`,
      ...(body === '' ? [] : [`Content-Type: ${type};version=2.0`]),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
    PROXY,
  )
}

describe('REFER', () => {
  it('goes out in the dialog and is followed to its end', () => {
    const call = referring()
    expect(start(call.refer)).toMatch(/^REFER sip:caller@198\.51\.100\.7:5080 SIP\/2\.0$/)
    expect(field(call.refer, 'Refer-To')).toBe(`<${TARGET}>`)
    expect(field(call.refer, 'Referred-By')).toBe('<sip:agent@192.0.2.1>')
    expect(field(call.refer, 'Contact')).toContain('192.0.2.1')
    expect(bodyOf(call.refer)).toBe('')
    answer(call, '202 Accepted')
    expect(start(notify(call, 'SIP/2.0 100 Trying\r\n')[0])).toBe('SIP/2.0 200 OK')
    notify(call, 'SIP/2.0 180 Ringing\r\n', 'active;expires=50', 'refer;id=1')
    notify(call, 'SIP/2.0 200 OK\r\n', 'terminated;reason=noresource')
    expect(results(call)).toEqual([
      { type: 'referring', call: keyOf(call.peer), status: 100 },
      { type: 'referring', call: keyOf(call.peer), status: 100 },
      { type: 'referring', call: keyOf(call.peer), status: 180 },
      { type: 'referred', call: keyOf(call.peer), ok: true, status: 200 },
    ])
    expect(start(notify(call, 'SIP/2.0 200 OK\r\n', 'terminated')[0])).toBe('SIP/2.0 200 OK')
    expect(results(call)).toHaveLength(4)
    call.net.run(60_000)
    call.peer.command({ do: 'hangUp', call: keyOf(call.peer) })
    expect(start(call.net.sent.at(-1)?.text)).toMatch(/^BYE /)
    call.net.run(200_000)
    expect(isEmpty(call.peer.ua)).toBe(true)
  })

  it.each([403, 405, 501, 603])('refused with %i is told at once', status => {
    const call = referring()
    answer(call, `${status} No`)
    expect(results(call)).toMatchObject([{ type: 'referred', ok: false, status }])
  })

  it.each([
    ['SIP/2.0 486 Busy Here\r\n', 'terminated;reason=noresource', 486],
    ['SIP/2.0 480 Temporarily Unavailable\r\n', 'active', 480],
    ['', 'terminated;reason=timeout', 0],
    ['SIP/2.0 180 Ringing\r\n', 'terminated;reason=giveup', 0],
    ['garbage', 'terminated', 0],
  ])('that fails by “%s” and %s is told with %i', (body, state, status) => {
    const call = referring()
    answer(call, '202 Accepted')
    notify(call, body, state)
    expect(results(call).at(-1)).toMatchObject({ type: 'referred', ok: false, status })
  })

  it('that nobody answers is told after 64*T1, and one that is accepted waits for ever', () => {
    const silent = referring()
    silent.net.run(40_000)
    expect(results(silent)).toMatchObject([{ type: 'referred', ok: false, status: 408 }])
    const accepted = referring()
    answer(accepted, '202 Accepted')
    accepted.net.run(120_000)
    expect(results(accepted)).toMatchObject([{ type: 'referring', status: 100 }])
    notify(accepted, 'SIP/2.0 200 OK\r\n', 'terminated')
    expect(results(accepted).at(-1)).toMatchObject({ type: 'referred', ok: true })
  })

  it('whose last NOTIFY overtakes the 202 is told once', () => {
    const call = referring()
    notify(call, 'SIP/2.0 200 OK\r\n', 'terminated')
    answer(call, '202 Accepted')
    expect(results(call)).toMatchObject([{ type: 'referred', ok: true, status: 200 }])
  })

  it('NOTIFYs of strangers are refused and change nothing', () => {
    const call = referring()
    answer(call, '202 Accepted')
    expect(start(notify(call, 'SIP/2.0 200 OK\r\n', 'terminated', 'presence')[0])).toMatch(/^SIP\/2\.0 481/)
    expect(start(notify(call, 'SIP/2.0 200 OK\r\n', 'terminated', 'refer;id=77')[0])).toMatch(/^SIP\/2\.0 481/)
    expect(start(notify(call, '<a/>', 'active', 'refer', 'application/pidf+xml')[0])).toMatch(/^SIP\/2\.0 415/)
    expect(results(call)).toHaveLength(1)
    const none = script()
    expect(start(notify(none, 'SIP/2.0 200 OK\r\n', 'terminated')[0])).toMatch(/^SIP\/2\.0 481/)
  })

  it('one at a time, on a call that is up, to an address', () => {
    const call = referring()
    call.peer.command({ do: 'refer', call: keyOf(call.peer), to: TARGET })
    expect(results(call)).toMatchObject([{ type: 'referred', ok: false, status: 491 }])
    const bad = script()
    bad.peer.command({ do: 'refer', call: keyOf(bad.peer), to: 'no address' })
    expect(results(bad)).toMatchObject([{ ok: false }])
    expect(bad.net.sent.some(p => p.text.startsWith('REFER'))).toBe(false)
  })
})
