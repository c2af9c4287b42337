import { describe, expect, it } from 'vitest'
import { providerResting, sessionSlow } from './errors.ts'
import type { CallPolicy } from './policy.ts'
import { TestCall } from './testing/test-call.ts'

const gone = { type: 'closed', code: 'gone', retry: true } as const
const refused = { type: 'closed', code: 'refused', retry: false } as const
const resting = { type: 'closed', code: providerResting.code, retry: true } as const
const ready = { type: 'ready' } as const
const with_ = (count: number, over: Partial<CallPolicy> = {}): TestCall => {
  const models = ['main', 'eu', 'other'].slice(0, count).map(name => ({ name, provider: 'OpenAI', model: name }))
  return new TestCall({ models, readyWithinMs: 2000, ...over })
}
/** Indices of the models that sessions were opened of; a `!` for one whose breaker was not asked. */
const opened = (t: TestCall, from = t.all): string =>
  from.flatMap(e => (e.do === 'openSession' ? `${e.model}${e.anyway ? '!' : ''}` : [])).join(' ')
const fallbacks = (t: TestCall) =>
  t.records('session').flatMap(r => (r.kind === 'session' && r.what === 'fallback' ? `${r.model}: ${r.code}` : []))

describe('at the answer', () => {
  const offered = (count = 2, over: Partial<CallPolicy> = {}): TestCall =>
    with_(count, over).send({ type: 'offered', leg: 'leg-1' })

  it('the first is asked, and answers', () => {
    expect(opened(offered().session(ready))).toBe('0')
  })

  it.each([
    ['refuses', refused, 'eu: refused'],
    ['fails', gone, 'eu: gone'],
    ['is known to fail', resting, `eu: ${providerResting.code}`],
  ])('the next is asked at once when the first %s', (_, event, said) => {
    const t = offered().session(event)
    expect(opened(t)).toBe('0 1')
    expect(fallbacks(t)).toEqual([said])
    t.session(ready)
    expect(t.legCommands()).toEqual(['answer'])
    expect(t.records('session').at(-1)).toMatchObject({ what: 'ready', model: 'eu' })
  })

  it('the next is asked when the first is slow, and the first is told that it was', () => {
    const t = offered().pass(1999)
    expect(t.does()).toEqual([])
    t.pass(1)
    expect(t.last).toContainEqual({ do: 'closeSession', slot: 'main', failed: sessionSlow.code })
    expect(opened(t)).toBe('0 1')
  })

  it('the last has all the time there is', () => {
    const t = offered().session(refused).pass(4000)
    expect(opened(t)).toBe('0 1')
    t.pass(1000)
    expect(t.call.phase).toBe('closing')
  })

  it('all are asked again in rounds, but for those that refused for good, and not for ever', () => {
    const t = offered(3).session(gone).session(refused).session(gone)
    expect(opened(t)).toBe('0 1 2 0')
    for (let i = 0; i < 20 && t.call.phase === 'ringing'; i++) t.pass(500).session(gone)
    expect(opened(t)).toBe('0 1 2 0 2 0 2 0 2')
    expect(t.legCommands()).toEqual(['reject'])
  })

  it('a breaker that is open holds nobody up where there is no other', () => {
    expect(opened(offered(1).session(resting))).toBe('0 0!')
    expect(opened(offered(2).session(resting).session(resting))).toBe('0 1 0!')
    expect(opened(offered(2).session(resting).session(resting).session(gone))).toBe('0 1 0! 1!')
    expect(opened(offered(2).session(gone).session(resting))).toBe('0 1 1!')
    expect(opened(offered(2).session(gone).session(resting).session(refused).pass(1))).toBe('0 1 1! 0')
  })
})

describe('in the middle of a call', () => {
  it('a session that worked is asked again first, then the next, with what was said', () => {
    const t = with_(2).conversing().session(gone)
    expect(opened(t)).toBe('0 0')
    t.session(gone)
    expect(opened(t)).toBe('0 0 1')
    const open = t.last.find(e => e.do === 'openSession')
    expect(open).toMatchObject({ model: 1, history: [] })
    t.session(ready).turn().says('r1', 'i1')
    expect(t.call.phase).toBe('live')
  })

  it('a known failure costs no try', () => {
    expect(opened(with_(2).conversing().session(gone).session(resting))).toBe('0 0 1')
  })

  it('one that refuses for good is not asked again', () => {
    expect(opened(with_(2).conversing().session(refused))).toBe('0 1')
  })

  it('what took over is kept, and what failed before is tried when it goes', () => {
    const t = with_(2).conversing().session(gone).session(gone).session(ready).turn().says('r1', 'i1')
    t.session(gone)
    expect(opened(t)).toBe('0 0 1 1')
    t.session(gone)
    expect(opened(t)).toBe('0 0 1 1 0')
  })

  it('a rollover goes to another when its own model fails', () => {
    const t = with_(2).conversing().session({ type: 'expiring', inMs: 60_000 }).next(gone).pass(2000)
    expect(opened(t)).toBe('0 0 1')
    t.next(ready)
    expect(t.does()).toContain('swapSessions')
  })

  it('the end comes when none is to be had', () => {
    const t = with_(2).conversing().session(gone)
    for (let i = 0; i < 20 && t.call.phase === 'live'; i++) t.session(gone).pass(1000)
    expect(t.call.ending?.why.code).toBe('unavailable')
    expect(opened(t).length).toBeLessThan(30)
  })
})
