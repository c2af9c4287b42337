import { describe, expect, test } from 'vitest'
import type { LegEvent } from '#runtime/call/ports.ts'
import { markNumber, readMessage } from './messages.ts'
import { StreamLeg } from './stream-leg.ts'

function scene() {
  let now = 1000
  const asked: string[] = []
  const events: LegEvent[] = []
  const sent: { event: string; media?: { payload: string }; mark?: { name: string } }[] = []
  const control = {
    answer: () => void asked.push('answer'),
    reject: (status: number) => void asked.push(`reject ${status}`),
    hangUp: () => void asked.push('hangUp'),
    transfer: (destination: string) => {
      asked.push(`transfer ${destination}`)
      return destination === 'desk'
    },
    recall: () => void asked.push('recall'),
    streamEnded: () => asked.includes('transfer desk'),
  }
  const leg = new StreamLeg({ id: 'leg', control, now: () => now })
  leg.onEvent(event => events.push(event))
  const sink = {
    buffered: 0,
    send: (...messages: Buffer[]) =>
      void sent.push(...messages.map(bytes => JSON.parse(bytes.toString()) as (typeof sent)[number])),
  }
  return {
    leg,
    asked,
    events,
    sent,
    attach: () => leg.attach('MZ1', sink),
    tick: (ms: number) => {
      for (let i = 0; i < ms; i += 20) {
        now += 20
        leg.tick(now)
      }
    },
    say: (message: object) => leg.message(Buffer.from(JSON.stringify(message))),
    sentMs: () => sent.reduce((sum, m) => sum + (m.media ? Buffer.from(m.media.payload, 'base64').length / 8 : 0), 0),
  }
}
const second = new Uint8Array(8000).fill(0x20)

describe('a media stream as a leg', () => {
  test('rings, is answered, and is there when its stream is', () => {
    const s = scene()
    s.leg.perform({ do: 'ring', id: '1' })
    s.leg.perform({ do: 'answer', id: '2' })
    expect(s.asked).toEqual(['answer'])
    expect(s.events.map(e => e.type)).toEqual(['done', 'done'])
    s.attach()
    expect(s.events.at(-1)).toEqual({ type: 'answered' })
  })

  test('a pause stops sending within a lead, and what was sent then counts as heard when its marks are back', () => {
    const s = scene()
    s.attach()
    s.leg.playout.append(0, 'a', second)
    s.tick(200)
    s.leg.playout.pause()
    const before = s.sentMs()
    s.tick(400)
    expect(s.sentMs()).toBe(before)
    expect(before).toBeLessThanOrEqual(300)
    const last = s.sent.findLast(m => m.event === 'mark')?.mark?.name
    s.say({ event: 'mark', mark: { name: last } })
    expect(s.leg.playout.flush()).toMatchObject([{ item: 'a', ms: before }])
    // nothing was left to drop
    expect(s.sent.filter(m => m.event === 'clear')).toEqual([])
  })

  test('a flush drops what the carrier holds, and nothing of that was heard', () => {
    const s = scene()
    s.attach()
    s.leg.playout.append(0, 'a', second)
    s.tick(40)
    expect(s.leg.playout.flush()).toMatchObject([{ item: 'a', ms: 0 }])
    expect(s.sent.at(-1)?.event).toBe('clear')
  })

  test('a carrier that confirms nothing is given no more than is under way, and in the end the call is over', () => {
    const s = scene()
    s.attach()
    for (let i = 0; i < 10; i++) s.leg.playout.append(0, 'a', second)
    s.tick(4000)
    expect(s.sentMs()).toBeLessThan(400)
    s.tick(2000)
    expect(s.events.at(-1)).toMatchObject({ type: 'ended', why: { code: 'media_lost' } })
    expect(s.asked).toEqual(['hangUp'])
  })

  test('the caller’s audio comes as a frame per 20 ms, holes filled; keys are keys', () => {
    const s = scene()
    const frames: Uint8Array[] = []
    s.leg.onFrame(frame => frames.push(frame.slice()))
    s.attach()
    const payload = Buffer.alloc(160, 0x10).toString('base64')
    for (let i = 1; i <= 50; i++) {
      if (i !== 20 && i !== 21)
        s.say({ event: 'media', media: { track: 'inbound', chunk: String(i), timestamp: String(i * 20), payload } })
      s.tick(20)
    }
    s.say({ event: 'dtmf', dtmf: { track: 'inbound_track', digit: '7' } })
    s.say({ event: 'dtmf', dtmf: { digit: 'seven' } })
    expect(frames.length).toBeGreaterThanOrEqual(48)
    expect(frames.length).toBeLessThanOrEqual(51)
    expect(s.events.filter(e => e.type === 'digit')).toEqual([{ type: 'digit', digit: '7', ms: 100 }])
    expect(s.events.some(e => e.type === 'media')).toBe(true)
  })

  test('ends once, whoever ends it', () => {
    const s = scene()
    s.attach()
    s.say({ event: 'stop', stop: {} })
    s.leg.close({ code: 'fault', by: 'switchboard' })
    s.say({ event: 'dtmf', dtmf: { digit: '1' } })
    expect(s.events.filter(e => e.type === 'ended')).toEqual([{ type: 'ended', why: { code: 'hangup', by: 'caller' } }])
    const ours = scene()
    ours.attach()
    ours.leg.perform({ do: 'hangUp', id: '1', why: { code: 'hangup', by: 'agent' } })
    expect(ours.events.at(-1)).toEqual({ type: 'answered' })
    ours.leg.gone({ code: 'hangup', by: 'switchboard' })
    expect(ours.events.at(-1)).toEqual({ type: 'ended', why: { code: 'hangup', by: 'agent' } })
  })

  test('what it cannot do it says', () => {
    const s = scene()
    s.attach()
    s.leg.perform({ do: 'hold', id: 'h', held: true })
    s.leg.perform({ do: 'sendDigits', id: 'd', digits: '1' })
    expect(s.events.filter(e => e.type === 'done')).toMatchObject([
      { id: 'h', ok: false },
      { id: 'd', ok: false },
    ])
  })
})

test.each([
  [
    '{"event":"media","media":{"track":"inbound","chunk":"2","timestamp":"20","payload":"AAAA"},"streamSid":"MZ"}',
    { event: 'media', chunk: 2, timestamp: 20, payload: 'AAAA' },
  ],
  [
    '{ "streamSid":"MZ", "event" : "media", "media":{"payload":"AAAA","timestamp":"20","chunk":"2","track":"inbound"}}',
    { event: 'media', chunk: 2, timestamp: 20, payload: 'AAAA' },
  ],
  [
    '{"event":"media","media":{"track":"outbound","chunk":"2","timestamp":"20","payload":"AAAA"}}',
    { event: 'unknown', name: 'media' },
  ],
  ['{"event":"media","media":{"track":"inbound"}}', null],
  ['{"event":"mark","mark":{"name":"m7"}}', { event: 'mark', name: 'm7' }],
  ['{"event":"mark","sequenceNumber":"4","mark":{"name":"m7"},"streamSid":"MZ"}', { event: 'mark', name: 'm7' }],
  ['{"event":"mark", "mark": {"name": "\\u006d7"}}', { event: 'mark', name: 'm7' }],
  ['{"event":"mark","mark":{"name":"\\u006d7"}}', { event: 'mark', name: 'm7' }],
  ['{"event":"later"}', { event: 'unknown', name: 'later' }],
  ['[]', null],
  ['nonsense', null],
])('reads %s', (text, message) => {
  expect(readMessage(text)).toEqual(message)
})

test('only our own marks have numbers', () => {
  expect(['m1', 'm17', 'm0', 'm01', 'x1', 'm1x', 'm'].map(markNumber)).toEqual([1, 17, null, null, null, null, null])
})

describe('a caller who is handed over', () => {
  test('is handed over by the carrier: its stream ends, another one comes, and the machine is told how it went', () => {
    const s = scene()
    s.attach()
    s.leg.perform({ do: 'transfer', id: 't1', destination: 'nobody' })
    expect(s.events.at(-1)).toEqual({ type: 'transferred', id: 't1', outcome: 'refused' })
    s.leg.perform({ do: 'transfer', id: 't2', destination: 'desk' })
    s.say({ event: 'stop' })
    s.leg.detach()
    s.leg.dialling()
    expect(s.events.at(-1)).toEqual({ type: 'transferring', id: 't2' })
    // what is said meanwhile waits
    s.leg.playout.append(0, 'sorry', second)
    s.tick(3000)
    expect(s.sentMs()).toBe(0)
    s.leg.comesBack('busy')
    s.attach()
    expect(s.events.at(-1)).toEqual({ type: 'transferred', id: 't2', outcome: 'busy' })
    s.tick(100)
    expect(s.sentMs()).toBeGreaterThan(0)
    expect(s.events.filter(e => e.type === 'answered')).toHaveLength(1)
    expect(s.events.filter(e => e.type === 'ended')).toEqual([])
  })

  test('a stream that ends in the middle of words leaves nothing that waits for its marks', () => {
    const s = scene()
    s.attach()
    s.leg.playout.append(0, 'a', second)
    s.tick(200)
    s.leg.detach()
    s.attach()
    s.tick(5500)
    // the carrier is not taken for deaf because of what the first stream had
    expect(s.leg.playout.inFlightMs).toBeLessThan(400)
    const marks = s.sent.flatMap(m => m.mark?.name ?? [])
    for (const name of marks) s.say({ event: 'mark', mark: { name } })
    const [heard] = s.leg.playout.flush()
    expect(heard?.ms).toBeLessThanOrEqual(s.sentMs() - 100)
  })

  test('one that was answered elsewhere is not hung up there', () => {
    const s = scene()
    s.attach()
    s.leg.perform({ do: 'transfer', id: 't', destination: 'desk' })
    s.leg.detach()
    s.leg.transferred('done')
    expect(s.events.at(-1)).toEqual({ type: 'transferred', id: 't', outcome: 'done' })
    s.leg.perform({ do: 'hangUp', id: 'h', why: { code: 'transferred', by: 'switchboard' } })
    expect(s.events.at(-1)).toEqual({ type: 'ended', why: { code: 'transferred', by: 'switchboard' } })
  })
})
