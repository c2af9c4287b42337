import { describe, expect, test } from 'vitest'
import type { StreamLeg } from '#runtime/legs/media-stream/stream-leg.ts'
import { CarrierRefusal } from './carrier-refusal.ts'
import type { DialResult } from './dial-webhook.ts'
import { Handover } from './handover.ts'
import { hangup, NOTHING } from './twiml.ts'

const DIAL = { number: '+14155550199', callerId: '+14155550100', ringMs: 20_000, ringback: 'Us' } as const
const STREAM = '<Stream/>'

/** The carrier's answers are given by the test. */
function scene() {
  const did: string[] = []
  const asked: { id: string; ok: () => void; fail: (error: Error) => void }[] = []
  let answered: boolean | Error = false
  let redirects: Error | null = null
  const leg = {
    detach: () => did.push('detach'),
    dialling: () => did.push('dialling'),
    transferred: (outcome: string) => did.push(`transferred ${outcome}`),
    comesBack: (outcome: string | null) => did.push(`comes back ${outcome}`),
  } as unknown as StreamLeg
  const handover = new Handover({
    leg: () => leg,
    dial: id => new Promise((ok, fail) => void asked.push({ id, ok, fail })),
    redirect: twiml => {
      did.push(`redirect ${twiml}`)
      return redirects === null ? Promise.resolve() : Promise.reject(redirects)
    },
    isAnswered: () => (answered instanceof Error ? Promise.reject(answered) : Promise.resolve(answered)),
    connect: () => STREAM,
    left: () => void did.push('left'),
    handedOver: () => void did.push('handed over'),
    gone: ({ by }) => void did.push(`gone by ${by}`),
    giveUp: () => void did.push('given up'),
    warn: () => undefined,
  })
  handover.begin(DIAL)
  const [ask] = asked
  if (!ask) throw new Error('nothing was asked')
  const result = (outcome: DialResult['outcome'], callerThere = true): string | null =>
    handover.result(ask.id, { account: 'AC', sid: 'CA', outcome, callerThere })
  return {
    handover,
    did,
    ask,
    result,
    news: (status: 'ringing' | 'answered') => handover.news(ask.id, { account: 'AC', sid: 'CA', status }),
    isAnswered: (value: boolean | Error) => {
      answered = value
    },
    refusesRedirects: (error: Error) => {
      redirects = error
    },
    turn: () => new Promise(resolve => setImmediate(resolve)),
  }
}

describe('a caller is handed over by the carrier', () => {
  test('who was answered is with somebody else, and nothing of them is ours; later news changes nothing', async () => {
    const s = scene()
    s.ask.ok()
    await s.turn()
    s.news('ringing')
    s.news('answered')
    expect(s.did).toEqual(['left', 'detach', 'dialling', 'handed over', 'detach', 'transferred done'])
    s.handover.recall()
    expect(s.result('done')).toBe(hangup())
    await s.turn()
    expect(s.did).toHaveLength(6)
  })

  test.each(['busy', 'noAnswer', 'failed'] as const)(
    '%s: a new stream, the same one when it asks again',
    async outcome => {
      const s = scene()
      s.ask.ok()
      await s.turn()
      expect(s.result(outcome)).toBe(STREAM)
      expect(s.result(outcome)).toBe(STREAM)
      expect(s.did).toEqual(['left', 'detach', `comes back ${outcome}`])
      // that stream is one like any other
      expect(s.handover.streamEnded()).toBe(false)
      s.handover.streamBegan()
      expect(s.handover.streamEnded()).toBe(false)
    },
  )

  test('a result that overtakes the answer to our request leaves the old stream all the same', async () => {
    const s = scene()
    s.result('failed')
    s.ask.ok()
    await s.turn()
    expect(s.did).toEqual(['left', 'detach', 'comes back failed'])
  })

  test('the stream ends before our request is answered', async () => {
    const s = scene()
    expect(s.handover.streamEnded()).toBe(true)
    s.ask.ok()
    await s.turn()
    expect(s.did).toEqual(['left', 'detach'])
  })

  test('refused: the agent goes on; refused after the stream has ended: the caller had hung up', async () => {
    const [there, gone] = [scene(), scene()]
    there.ask.fail(new CarrierRefusal('HTTP 400'))
    gone.handover.streamEnded()
    gone.ask.fail(new CarrierRefusal('HTTP 404'))
    await there.turn()
    expect(there.did).toEqual(['transferred refused'])
    expect(there.handover.streamEnded()).toBe(false)
    expect(gone.did.at(-1)).toBe('gone by caller')
  })

  test('no answer to our request: it failed; when it is carried out all the same, the caller is fetched back', async () => {
    const s = scene()
    s.ask.fail(new Error('TimeoutError'))
    await s.turn()
    expect(s.did).toEqual(['transferred failed'])
    expect(s.handover.streamEnded()).toBe(true)
    await s.turn()
    expect(s.did.slice(1)).toEqual(['left', 'detach', 'comes back null', `redirect ${STREAM}`])
  })

  test('the caller hangs up while it rings', async () => {
    const s = scene()
    s.ask.ok()
    await s.turn()
    expect(s.result('noAnswer', false)).toBe(NOTHING)
    expect(s.did.at(-1)).toBe('gone by caller')
  })

  test('a recall takes nobody from a person who has answered, and ends a call that cannot be had back', async () => {
    const [talks, broken, hungUp] = [scene(), scene(), scene()]
    for (const s of [talks, broken, hungUp]) s.ask.ok()
    await talks.turn()
    talks.isAnswered(true)
    broken.isAnswered(new Error('ECONNREFUSED'))
    hungUp.refusesRedirects(new CarrierRefusal('HTTP 404'))
    for (const s of [talks, broken, hungUp]) s.handover.recall()
    await talks.turn()
    expect(talks.did.slice(-3)).toEqual(['handed over', 'detach', 'transferred done'])
    expect(broken.did.at(-1)).toBe('given up')
    expect(hungUp.did.at(-1)).toBe('gone by caller')
  })

  test('a recall before our request is answered waits for that', async () => {
    const s = scene()
    s.handover.recall()
    await s.turn()
    expect(s.did).toEqual([])
    s.ask.ok()
    await s.turn()
    expect(s.did.at(-1)).toBe(`redirect ${STREAM}`)
  })

  test('an attempt that is not this one is not known', () => {
    const s = scene()
    expect(s.handover.result('other', { account: 'AC', sid: 'CA', outcome: 'busy', callerThere: true })).toBeNull()
    s.handover.news('other', { account: 'AC', sid: 'CA', status: 'answered' })
    expect(s.did).toEqual([])
  })
})
