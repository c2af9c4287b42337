import { createSocket } from 'node:dgram'
import { afterAll, describe, expect, test } from 'vitest'
import { encode } from '#simulators/watermark/encode.ts'
import { startCaller } from './caller.ts'
import type { CallerEvent } from './events.ts'
import { FarEnd, type FarEndOptions } from './testing/far-end.ts'
import { readWav } from './wav.ts'

// calls take as long as calls take: they are made side by side
const ends: { close(): void }[] = []
afterAll(() => {
  for (const end of ends) end.close()
})

async function farEnd(options: FarEndOptions = {}): Promise<{ end: FarEnd; to: string }> {
  const end = await FarEnd.open(options)
  ends.push(end)
  return { end, to: `sip:agent@127.0.0.1:${end.port}` }
}

/** Item 5 for so many frames from the tenth on. */
const marks = (frames: number) => (n: number) => (n >= 10 && n < 10 + frames ? encode(5, n - 10) : null)

function of<T extends CallerEvent['type']>(events: readonly CallerEvent[], type: T) {
  return events.filter((event): event is Extract<CallerEvent, { type: T }> => event.type === type)
}

describe.each(['udp', 'tcp'] as const)('over %s', transport => {
  test.concurrent('a call is made: rings, is answered, hears, speaks, presses keys, hangs up', async () => {
    const { end, to } = await farEnd({ frame: marks(40) })
    const caller = await startCaller({ to, transport, script: ['listen', { say: 'stop' }, { keys: '1#' }] })
    const result = await caller.done
    expect(result).toMatchObject({ ok: true, answered: true, failed: [] })
    expect(result.ended).toMatchObject({ by: 'local', cause: 'bye' })
    const types = caller.events.map(event => event.type)
    expect(types).toEqual([
      'calling',
      'ringing',
      'answered',
      'heard-start',
      'heard-stop',
      'say',
      'said',
      'key',
      'key',
      'ended',
    ])
    expect(end.digits).toBe('1#')
    expect(end.heardLoudAt).not.toBeNull()
    expect(end.seen.filter(line => line.startsWith('BYE'))).toHaveLength(1)
  })
})

test.concurrent('what was heard is known by its watermark, to the frame', async () => {
  const { to } = await farEnd({ frame: marks(40), byeAfterMs: 1600 })
  const caller = await startCaller({ to })
  const result = await caller.done
  expect(result.ended).toMatchObject({ by: 'remote', cause: 'bye' })
  const [stop] = of(caller.events, 'heard-stop')
  expect(stop?.items).toHaveLength(1)
  expect(stop?.items?.[0]).toMatchObject({ item: 5, missing: 0 })
  expect(Math.abs((stop?.items?.[0]?.endMs ?? 0) - 800)).toBeLessThanOrEqual(2)
  expect(Math.abs((stop?.forMs ?? 0) - 800)).toBeLessThanOrEqual(25)
})

test.concurrent('an interruption is timed from the first sound of the one to the last of the other, and recorded so', async () => {
  // falls silent 100 ms after it hears something
  const frame = (n: number, loudAt: number | null) => (loudAt !== null && n > loudAt + 5 ? null : marks(500)(n))
  const { to } = await farEnd({ frame })
  const caller = await startCaller({ to, script: [{ interrupt: { after: 600, say: 'three' } }] })
  const { bargeIns } = await caller.done
  expect(bargeIns).toHaveLength(1)
  // 100 ms of its own, a packet each way, and what a busy machine adds
  expect(bargeIns[0]).toBeGreaterThan(80)
  expect(bargeIns[0]).toBeLessThan(400)
  const [said, heard] = readWav(caller.wav()).channels
  const first = said?.findIndex(x => Math.abs(x) >= 70) ?? 0
  const last = heard?.findLastIndex(x => Math.abs(x) >= 70) ?? 0
  expect(Math.abs((last - first) / 8 - (bargeIns[0] ?? 0))).toBeLessThanOrEqual(2)
})

test.concurrent('what is heard comes back when there is an echo, and is in the recording of what was sent', async () => {
  const { end, to } = await farEnd({ frame: marks(30) })
  const caller = await startCaller({ to, echo: { db: -10, delayMs: 150 }, script: ['listen'] })
  await caller.done
  const [said, heard] = readWav(caller.wav()).channels
  const out = heard?.findIndex(x => Math.abs(x) > 1000) ?? 0
  const back = said?.findIndex(x => Math.abs(x) > 300) ?? 0
  expect(Math.abs((back - out) / 8 - 150)).toBeLessThanOrEqual(5)
  expect(end.heardLoudAt).not.toBeNull()
})

test.concurrent('a bad line loses packets both ways, by the dice of its seed', async () => {
  const { end, to } = await farEnd({ frame: marks(500) })
  const caller = await startCaller({ to, lossPercent: 20, jitterMs: 30, seed: 4, script: [{ wait: 1500 }] })
  const { packets } = await caller.done
  expect(packets.lostOut).toBeGreaterThan(3)
  expect(packets.lostIn).toBeGreaterThan(3)
  expect(packets.received + packets.lostIn).toBeGreaterThan(60)
  expect(end.packets).toBeLessThanOrEqual(packets.sent - packets.lostOut)
})

test.concurrent('the other side may make the offer', async () => {
  const { end, to } = await farEnd({ frame: marks(20) })
  const caller = await startCaller({ to, lateOffer: true, script: ['listen'] })
  const { ok } = await caller.done
  expect(ok).toBe(true)
  expect(end.offer).toBe('')
  expect(end.ackBody).toMatch(/^m=audio \d+ RTP\/AVP 0 101/m)
  expect(of(caller.events, 'heard-start')).toHaveLength(1)
})

test.concurrent('a hold is offered and taken back', async () => {
  const { end, to } = await farEnd()
  const caller = await startCaller({ to, script: [{ wait: 100 }, { hold: 300 }, { wait: 200 }] })
  const { ok } = await caller.done
  expect(ok).toBe(true)
  expect(end.seen.filter(line => line.startsWith('INVITE'))).toHaveLength(3)
  expect(caller.events.filter(e => e.type === 'hold' || e.type === 'resume').map(e => e.type)).toEqual([
    'hold',
    'resume',
  ])
})

test.concurrent('a refusal, a wait in vain and a script cut short are no success', async () => {
  const busy = await startCaller({ to: (await farEnd({ status: 486 })).to })
  const refused = await busy.done
  expect(refused).toMatchObject({ ok: false, answered: false })
  expect(refused.ended).toMatchObject({ cause: 'rejected', status: 486 })

  const silent = await startCaller({ to: (await farEnd()).to, script: [{ expect: { agent: 'speaks', within: 300 } }] })
  expect(await silent.done).toMatchObject({
    ok: false,
    answered: true,
    failed: [expect.stringContaining('never heard')],
  })

  const cut = await startCaller({
    to: (await farEnd({ byeAfterMs: 200 })).to,
    script: [{ wait: 2000 }, { say: 'ask' }],
  })
  expect(await cut.done).toMatchObject({ ok: false, failed: [expect.stringContaining('1 step left')] })
})

test.concurrent('what cannot be called, said or done is found before anything is sent', async () => {
  await expect(startCaller({ to: 'agent' })).rejects.toThrow(/no SIP URI/)
  await expect(startCaller({ to: 'sip:a@127.0.0.1;transport=sctp' })).rejects.toThrow(/sctp/)
  await expect(startCaller({ to: 'sip:a@127.0.0.1', script: [{ say: 'gibberish' }] })).rejects.toThrow(
    /none of the clips/,
  )
  await expect(startCaller({ to: 'sip:a@127.0.0.1', script: '/nowhere.yaml' })).rejects.toThrow(/ENOENT/)
})

test.concurrent.each(['udp', 'tcp'] as const)(
  'nobody there over %s: it ends at once, and says what to check',
  async transport => {
    const caller = await startCaller({ to: 'sip:nobody@127.0.0.1:9', transport })
    expect(await caller.done).toMatchObject({ ok: false, answered: false, ended: { cause: 'unreachable' } })
    const [fault] = of(caller.events, 'fault')
    expect(fault).toMatchObject({ code: 'SB_CALLER_REFUSED', help: expect.stringContaining('port') })
    expect(fault?.detail).toContain(`127.0.0.1:9 over ${transport.toUpperCase()} (ECONNREFUSED)`)
    expect(caller.events.map(event => event.type)).toEqual(['calling', 'fault', 'ended'])
  },
)

test.concurrent('somebody there who answers nothing: it says what is waited for, and is not taken for nobody', async () => {
  const deaf = createSocket('udp4')
  await new Promise<void>(resolve => deaf.bind(0, '127.0.0.1', resolve))
  ends.push({ close: () => deaf.close() })
  const at = `127.0.0.1:${deaf.address().port}`
  const caller = await startCaller({ to: `sip:a@${at}` })
  const waiting = await new Promise<CallerEvent>(resolve => {
    caller.onEvent(event => event.type === 'waiting' && resolve(event))
  })
  expect(waiting).toMatchObject({ at, transport: 'udp', heard: false, limitMs: 32_000 })
  expect(of(caller.events, 'ended')).toEqual([])
  caller.hangUp()
})

test.concurrent('somebody who was heard is not knocked at', async () => {
  const { end, to } = await farEnd({ byeAfterMs: 600 })
  const { done } = await startCaller({ to })
  expect((await done).ended.cause).toBe('bye')
  expect(end.seen).not.toContain('')
})
