import { describe, expect, it } from 'vitest'
import { contextLate } from './errors.ts'
import { TestCall, testPolicy } from './testing/test-call.ts'

const asked = (refuse = false): TestCall =>
  new TestCall({ context: { withinMs: 2000, refuse } }).send({ type: 'offered', leg: 'leg-1' })
const opened = (t: TestCall): number => t.all.filter(e => e.do === 'openSession').length

describe('what is known of the caller', () => {
  it('is asked for while it rings, before a session is opened', () => {
    expect(asked().does()).toEqual(['leg', 'askContext'])
  })

  it('gives the call its words', () => {
    const greeting = { text: 'Hello Anna!', interruptible: true }
    const t = asked()
      .pass(300)
      .send({ type: 'context', ok: true, policy: testPolicy({ greeting }) })
    expect(opened(t)).toBe(1)
    expect(t.records('context')).toEqual([{ kind: 'context', ok: true, ms: 300 }])
    t.session({ type: 'ready' }).leg({ type: 'answered' }).leg({ type: 'media' })
    expect(t.commands()).toEqual([{ do: 'respond', say: 'Hello Anna!', tools: false }])
  })

  it.each([
    ['an error', (t: TestCall) => t.send({ type: 'context', ok: false, code: 'SB_X' }), 'SB_X'],
    ['silence', (t: TestCall) => t.pass(2000), contextLate.code],
  ])('is done without after %s', (_, happens, code) => {
    const t = happens(asked())
    expect(opened(t)).toBe(1)
    expect(t.records('context')).toMatchObject([{ ok: false, code }])
    expect(opened(t.send({ type: 'context', ok: true }))).toBe(1)
  })

  it('is not done without where that is declared: the call ends as unavailable', () => {
    const t = asked(true).send({ type: 'context', ok: false, code: 'SB_X' })
    expect(opened(t)).toBe(0)
    expect(t.legCommands()).toEqual(['reject'])
    expect(t.call.ending?.why).toMatchObject({ code: 'unavailable', by: 'switchboard', detail: 'SB_X' })
    const late = asked(true).pass(2000)
    expect(late.legCommands()).toEqual(['reject'])
  })

  it('that comes after the caller gave up opens nothing', () => {
    const t = asked().leg({ type: 'ended', why: { code: 'cancelled', by: 'caller' } })
    expect(opened(t.send({ type: 'context', ok: true }))).toBe(0)
  })
})
