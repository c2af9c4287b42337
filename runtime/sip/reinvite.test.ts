import { describe, expect, it } from 'vitest'

import { isEmpty, type Network, type Peer, types } from './network-simulation.ts'
import { A, B, dial, keyOf, last, pair } from './paired-calls.ts'

describe('inside the call', () => {
  function up(): { net: Network; a: Peer; b: Peer } {
    const all = pair()
    dial(all.a)
    all.net.run(1000)
    return all
  }

  it('hold and resume, address and law change by re-INVITE', () => {
    const { net, a, b } = up()
    a.command({ do: 'reinvite', call: 'x', local: { ...A, direction: 'sendonly' } })
    net.run(2000)
    expect(last(a, 'reinvited')).toMatchObject({ ok: true, media: { direction: 'sendonly', hold: false } })
    expect(last(b, 'media').media).toMatchObject({ direction: 'recvonly', hold: true })
    a.command({ do: 'reinvite', call: 'x', local: { address: '192.0.2.77', port: 11_000, laws: ['PCMA'] } })
    net.run(3000)
    expect(last(b, 'media').media).toMatchObject({
      direction: 'sendrecv',
      hold: false,
      law: 'PCMA',
      remote: { address: '192.0.2.77', port: 11_000 },
    })
    expect(last(a, 'reinvited')).toMatchObject({ ok: true, media: { law: 'PCMA' } })
  })

  it('the same offer again gets the same answer and is no news', () => {
    const { net, a, b } = up()
    a.command({ do: 'reinvite', call: 'x', local: A })
    net.run(2000)
    b.command({ do: 'reinvite', call: keyOf(b), local: B })
    net.run(3000)
    const bodies = (from: string): Set<string> =>
      new Set(
        net.sent
          .filter(p => p.from.address === from && p.text.includes('m=audio'))
          .map(p => p.text.slice(p.text.indexOf('v=0'))),
      )
    expect(types(b)).toEqual(['incoming', 'acked', 'reinvited'])
    expect(types(a)).toEqual(['provisional', 'answered', 'reinvited'])
    // b's first answer took one of a's two laws; its own offer lists both.
    expect([...bodies('192.0.2.2')].map(t => /o=- \d+ (\d+)/.exec(t)?.[1])).toEqual(['1', '2'])
    expect(bodies('192.0.2.1').size).toBe(2)
  })

  it('glare: both re-INVITE at once, both get 491, both succeed later', () => {
    const { net, a, b } = up()
    a.command({ do: 'reinvite', call: 'x', local: { ...A, port: 10_100 } })
    b.command({ do: 'reinvite', call: keyOf(b), local: { ...B, port: 20_100 } })
    net.run(20_000)
    expect(net.sent.filter(p => p.text.startsWith('SIP/2.0 491')).length).toBeGreaterThanOrEqual(2)
    expect(last(a, 'reinvited').ok).toBe(true)
    expect(last(b, 'reinvited').ok).toBe(true)
    expect(a.ua.calls.get('x')?.session?.media?.remote.port).toBe(20_100)
    expect(b.ua.calls.get(keyOf(b))?.session?.media?.remote.port).toBe(10_100)
  })

  it('a refused re-INVITE leaves the session as it was', () => {
    const { net, a, b } = up()
    const before = b.ua.calls.get(keyOf(b))?.session
    b.ua.calls.get(keyOf(b))!.local = { ...B, laws: ['PCMU'] }
    a.command({ do: 'reinvite', call: 'x', local: { ...A, laws: ['PCMA'] } })
    net.run(2000)
    expect(last(a, 'reinvited')).toMatchObject({ ok: false, status: 488 })
    expect(b.ua.calls.get(keyOf(b))?.session).toEqual(before)
    a.command({ do: 'hangUp', call: 'x' })
    net.run(3000)
    expect(types(b).at(-1)).toBe('ended')
  })

  it('a re-INVITE into a dialog the peer has lost ends the call', () => {
    const { net, a, b } = up()
    b.ua.calls.clear()
    b.ua.tags.clear()
    a.command({ do: 'reinvite', call: 'x', local: { ...A, direction: 'inactive' } })
    net.run(2000)
    expect(last(a, 'ended')).toMatchObject({ cause: 'protocol', status: 481 })
    net.run(100_000)
    expect(isEmpty(a.ua)).toBe(true)
  })

  it('BYEs that cross end both sides', () => {
    const { net, a, b } = up()
    a.command({ do: 'hangUp', call: 'x' })
    b.command({ do: 'hangUp', call: keyOf(b) })
    net.run(100_000)
    expect(types(a).filter(t => t === 'ended')).toHaveLength(1)
    expect(types(b).filter(t => t === 'ended')).toHaveLength(1)
    expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  })
})
