/** Two agents on a bad line doing what they please: whatever happens, every call ends on both sides and nothing is left. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LocalMedia, Ms, Transport } from './api.ts'
import { isEmpty, Network, type Peer, seededHex, types } from './network-simulation.ts'
import { restore, serialise } from './user-agent.ts'

const A: LocalMedia = { address: '192.0.2.1', port: 10_000 }
const B: LocalMedia = { address: '192.0.2.2', port: 20_000 }

interface Line {
  loss: number
  duplicates: number
  /** Up to this much delay: packets overtake each other. */
  delayMs: Ms
  seed: number
}

const action = fc.record({
  who: fc.constantFrom('a', 'b'),
  at: fc.integer({ min: 0, max: 40_000 }),
  what: fc.constantFrom('hangUp', 'hold', 'resume', 'law', 'port', 'ring', 'answer', 'reject'),
})
const line = fc.record<Line>({
  loss: fc.constantFrom(0, 0.1, 0.3),
  duplicates: fc.constantFrom(0, 0.2),
  delayMs: fc.constantFrom(5, 300, 1500),
  seed: fc.integer({ min: 1, max: 1e6 }),
})

function badLine(net: Network, { loss, duplicates, delayMs, seed }: Line): void {
  const hex = seededHex(seed)
  const chance = (): number => Number.parseInt(hex(3), 16) / 0x100_0000
  net.fate = () => {
    const one = (): Ms[] => (chance() < loss ? [] : [1 + Math.floor(chance() * delayMs)])
    return chance() < duplicates ? [...one(), ...one()] : one()
  }
}

function perform(peer: Peer, call: string, what: string): void {
  const local = peer.name === 'a' ? A : B
  if (what === 'hangUp') peer.command({ do: 'hangUp', call })
  else if (what === 'hold') peer.command({ do: 'reinvite', call, local: { ...local, direction: 'sendonly' } })
  else if (what === 'resume') peer.command({ do: 'reinvite', call, local })
  else if (what === 'law') peer.command({ do: 'reinvite', call, local: { ...local, laws: ['PCMA'] } })
  else if (what === 'port') peer.command({ do: 'reinvite', call, local: { ...local, port: local.port + 100 } })
  else if (what === 'ring') peer.command({ do: 'ring', call })
  else if (what === 'answer') peer.command({ do: 'answer', call, local })
  else peer.command({ do: 'reject', call, status: 486 })
}

describe.each<Transport>(['udp', 'tcp'])('over %s', transport => {
  it('every call ends once on both sides, is acknowledged at most once, and leaves nothing behind', () => {
    fc.assert(
      fc.property(
        line,
        fc.array(action, { maxLength: 8 }),
        fc.constantFrom<'early' | 'late'>('early', 'late'),
        fc.boolean(),
        (bad, actions, offer, eager) => {
          const net = new Network(transport)
          const a = net.add('a', '192.0.2.1')
          const b = net.add('b', '192.0.2.2')
          // TCP loses nothing and keeps the order.
          if (transport === 'udp') badLine(net, bad)
          b.onEvent = e => e.type === 'incoming' && eager && b.command({ do: 'answer', call: e.call, local: B })
          a.command({
            do: 'invite',
            call: 'x',
            to: 'sip:agent@192.0.2.2',
            from: 'sip:me@192.0.2.1',
            local: A,
            transport,
            offer,
            ringMs: 60_000,
          })
          const calls = (): string[] => b.events.flatMap(e => (e.type === 'incoming' ? [e.call] : []))
          for (const { who, at, what } of actions.toSorted((x, y) => x.at - y.at)) {
            net.run(at)
            if (who === 'a') perform(a, 'x', what)
            else for (const call of calls()) perform(b, call, what)
          }
          net.run(400_000)
          a.command({ do: 'hangUp', call: 'x' })
          for (const call of calls()) b.command({ do: 'hangUp', call })
          net.run(800_000)
          expect(types(a).filter(t => t === 'ended')).toEqual(['ended'])
          expect(types(a).at(-1)).toBe('ended')
          expect(types(a).filter(t => t === 'answered').length).toBeLessThanOrEqual(1)
          for (const call of calls()) {
            const own = b.events.filter(e => 'call' in e && e.call === call).map(e => e.type)
            expect(own.filter(t => t === 'ended')).toEqual(['ended'])
            expect(own.at(-1)).toBe('ended')
            expect(own.filter(t => t === 'acked').length).toBeLessThanOrEqual(1)
          }
          expect(isEmpty(a.ua)).toBe(true)
          expect(isEmpty(b.ua)).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })
})

it('on a good line both sides agree on law, port and hold after any changes', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 8 }), fc.integer({ min: 5, max: 900 }), (actions, delay) => {
      const net = new Network()
      net.fate = () => [delay]
      const a = net.add('a', '192.0.2.1')
      const b = net.add('b', '192.0.2.2')
      b.onEvent = e => e.type === 'incoming' && b.command({ do: 'answer', call: e.call, local: B })
      a.command({ do: 'invite', call: 'x', to: 'sip:agent@192.0.2.2', from: 'sip:me@192.0.2.1', local: A })
      net.run(5000)
      const [incoming] = b.events
      const key = incoming?.type === 'incoming' ? incoming.call : ''
      for (const { who, at, what } of actions.toSorted((x, y) => x.at - y.at)) {
        net.run(5000 + at)
        if (what !== 'hangUp' && what !== 'reject') perform(who === 'a' ? a : b, who === 'a' ? 'x' : key, what)
      }
      net.run(200_000)
      const ours = a.ua.calls.get('x')
      const theirs = b.ua.calls.get(key)
      expect([ours?.phase, theirs?.phase]).toEqual(['up', 'up'])
      const [mine, yours] = [ours?.session?.media, theirs?.session?.media]
      expect(mine?.law).toBe(yours?.law)
      expect(mine?.remote.port).toBe(theirs?.local?.port)
      expect(yours?.remote.port).toBe(ours?.local?.port)
      const mirror = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const
      expect(mine?.direction).toBe(mirror[yours?.direction ?? 'sendrecv'])
    }),
    { numRuns: 100 },
  )
})

it('timers of calls that are over do not pile up', () => {
  const net = new Network()
  const a = net.add('a', '192.0.2.1')
  const b = net.add('b', '192.0.2.2')
  b.onEvent = e => e.type === 'incoming' && b.command({ do: 'answer', call: e.call, local: B })
  for (let i = 0; i < 400; i++) {
    a.command({ do: 'invite', call: `x${i}`, to: 'sip:agent@192.0.2.2', from: 'sip:me@192.0.2.1', local: A })
    net.run(net.now + 100)
    a.command({ do: 'hangUp', call: `x${i}` })
  }
  net.run(net.now + 50_000)
  expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
  expect(a.ua.timers.length).toBeLessThanOrEqual(64)
  expect(b.ua.timers.length).toBeLessThanOrEqual(64)
})

it('a user agent taken down to JSON and up again goes on', () => {
  const net = new Network()
  const a = net.add('a', '192.0.2.1')
  const b = net.add('b', '192.0.2.2')
  b.onEvent = e => e.type === 'incoming' && b.command({ do: 'ring', call: e.call })
  a.command({ do: 'invite', call: 'x', to: 'sip:agent@192.0.2.2', from: 'sip:me@192.0.2.1', local: A })
  const swap = (peer: Peer): void => {
    const again = restore(JSON.parse(JSON.stringify(serialise(peer.ua))), seededHex(99))
    expect(serialise(again)).toEqual({
      ...serialise(peer.ua),
      calls: expect.anything(),
      clients: expect.anything(),
      servers: expect.anything(),
    })
    Object.assign(peer, { ua: again })
  }
  net.run(300)
  swap(a)
  swap(b)
  const [incoming] = b.events
  b.command({ do: 'answer', call: incoming?.type === 'incoming' ? incoming.call : '', local: B })
  swap(b)
  net.run(2000)
  expect(types(a)).toEqual(['provisional', 'answered'])
  expect(types(b)).toEqual(['incoming', 'acked'])
  swap(a)
  swap(b)
  a.command({ do: 'hangUp', call: 'x' })
  swap(a)
  net.run(100_000)
  expect(types(b).at(-1)).toBe('ended')
  expect(isEmpty(a.ua) && isEmpty(b.ua)).toBe(true)
})
