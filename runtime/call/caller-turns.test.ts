import { describe, expect, it } from 'vitest'
import { TestCall } from './testing/test-call.ts'

const callerTurns = (t: TestCall): unknown[] => t.records('turn').filter(r => r.kind === 'turn' && r.role === 'caller')

describe('a caller’s turn in the record', () => {
  it('has its words when they come, and its times', () => {
    const t = new TestCall().conversing()
    const startedAt = t.now
    t.turn(800)
    expect(callerTurns(t)).toEqual([])
    t.pass(300).session({ type: 'transcript', role: 'caller', item: 'u1', text: 'Hi', final: false })
    t.session({ type: 'transcript', role: 'caller', item: 'u1', text: 'Hi there', final: true })
    expect(callerTurns(t)).toEqual([
      { kind: 'turn', role: 'caller', item: 'u1', startedAt, endedAt: startedAt + 800, text: 'Hi there' },
    ])
  })

  it('does not wait for words for ever, and those of the next turn are not taken for its own', () => {
    const deadAir = { afterMs: 60_000, then: { then: { hangUp: true } } } as const
    const t = new TestCall({ deadAir }).conversing().turn().pass(5000)
    expect(callerTurns(t)).toHaveLength(1)
    t.turn().session({ type: 'transcript', role: 'caller', item: 'u2', text: 'Second', final: true })
    expect(callerTurns(t)).toMatchObject([{}, { item: 'u2', text: 'Second' }])
    expect(t.call.history.filter(e => e.role === 'caller').map(e => e.text)).toEqual(['', 'Second'])
  })

  it('has no words in it unless the policy says so', () => {
    const t = new TestCall({ transcripts: false }).conversing().turn()
    t.session({ type: 'transcript', role: 'caller', item: 'u1', text: 'secret', final: true })
    t.says('r1', 'i1').session({ type: 'transcript', role: 'agent', item: 'i1', text: 'secret too', final: true })
    t.session({ type: 'itemDone', item: 'i1' }).played(['i1', 500, 500, true])
    t.leg({ type: 'ended', why: { code: 'hangup', by: 'caller' } })
    expect(callerTurns(t)).toHaveLength(1)
    expect(JSON.stringify(t.all)).not.toContain('secret')
  })

  it('is dated by the session’s clock, which knows when the words ended', () => {
    const t = new TestCall().conversing()
    const since = t.call.sessions.main?.hearingSince ?? 0
    const spoke = t.now
    t.speech(true)
      .pass(1500)
      .speech(false, spoke + 1000 - since)
      .pass(200)
      .says('r1', 'i1')
    expect(t.figures('turnGapMs')).toEqual([700])
  })

  it('is dated earlier still by our own ear, for the session adds the silence that proved the end', () => {
    const t = new TestCall().conversing()
    const since = t.call.sessions.main?.hearingSince ?? 0
    const spoke = t.now
    t.speech(true)
      .pass(1500)
      .speech(false, spoke + 1490 - since, 700)
      .pass(200)
      .says('r1', 'i1')
    expect(t.figures('turnGapMs')).toEqual([900])
  })
})
