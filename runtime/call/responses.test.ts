import { describe, expect, it } from 'vitest'
import { TestCall } from './testing/test-call.ts'

const switchboard = { responses: 'switchboard' } as const
const ended = (t: TestCall): unknown => t.call.ending?.why.code

describe('who creates responses', () => {
  it('the server, at the end of a turn', () => {
    const t = new TestCall().conversing().turn()
    expect(t.commands()).toEqual([])
    t.pass(300).says('r1', 'i1')
    expect(t.figures('turnGapMs')).toEqual([300])
  })

  it('we, at the end of a turn', () => {
    expect(new TestCall(switchboard).conversing().turn().commands()).toEqual([
      { do: 'turn', started: false },
      { do: 'respond' },
    ])
  })

  it('we, when the server was busy at the end of a turn and makes none by itself', () => {
    const t = new TestCall({ bargeIn: { enabled: false, minSpeechMs: 120 } })
      .conversing()
      .turn()
      .pass(200)
      .says('r1', 'i1')
    t.speech(true).judged(0).pass(200).judged(0).speech(false).done('r1')
    expect(t.pass(299).commands()).toEqual([])
    expect(t.pass(1).commands()).toEqual([{ do: 'respond' }])
  })

  it('nobody twice: the server’s own response meets what we were about to ask for', () => {
    const t = new TestCall({ bargeIn: { enabled: false, minSpeechMs: 120 } })
      .conversing()
      .turn()
      .pass(200)
      .says('r1', 'i1')
    t.speech(true)
      .judged(0)
      .pass(200)
      .judged(0)
      .speech(false)
      .done('r1')
      .session({ type: 'responseStarted', response: 'r2' })
    expect(t.pass(2000).commands()).toEqual([])
  })
})

describe('one response at a time', () => {
  it('asks once for what came up twice while one was open', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1')
    t.call.policy.bargeIn.enabled satisfies boolean
    t.leg({ type: 'digit', digit: '1', ms: 100 }).leg({ type: 'digit', digit: '#', ms: 100 })
    expect(t.commands()).toEqual([
      { do: 'cancel', response: 'r1' },
      { do: 'tell', role: 'caller', text: 'The caller pressed: 1' },
    ])
    t.heard(['i1', 10, 500]).leg({ type: 'digit', digit: '2', ms: 100 }).leg({ type: 'digit', digit: '#', ms: 100 })
    expect(t.commands()).toEqual([{ do: 'tell', role: 'caller', text: 'The caller pressed: 2' }])
    t.done('r1', { status: 'cancelled' })
    expect(t.commands()).toEqual([{ do: 'respond' }])
    t.session({ type: 'responseStarted', response: 'r2' }).done('r2')
    expect(t.commands()).toEqual([])
  })

  it('waits for the server’s response that was faster', () => {
    const t = new TestCall()
      .conversing()
      .leg({ type: 'digit', digit: '#', ms: 1 })
      .leg({ type: 'digit', digit: '7', ms: 1 })
    expect(t.pass(1500).commands().at(-1)).toEqual({ do: 'respond' })
    t.session({ type: 'responseStarted', response: 'server' })
    t.session({ type: 'error', code: 'conversation_already_has_active_response', message: '', command: 'respond' })
    expect(t.commands()).toEqual([])
    t.done('server')
    expect(t.commands()).toEqual([{ do: 'respond' }])
  })

  it('loses the cancel race without harm', () => {
    const t = new TestCall(switchboard).conversing().turn().says('r1', 'i1').speech(true).judged(0).pass(120).judged(0)
    t.heard(['i1', 120, 500]).session({
      type: 'error',
      code: 'response_cancel_not_active',
      message: '',
      command: 'cancel',
    })
    expect(t.records('fault')).toEqual([])
    expect(t.speech(false).commands()).toEqual([{ do: 'turn', started: false }, { do: 'respond' }])
  })

  it('does not take the answer to a cancel that came too late for one to the next', () => {
    const t = new TestCall(switchboard).conversing().turn().says('r1', 'i1').speech(true).judged(0).pass(120).judged(0)
    t.heard(['i1', 120, 500]).done('r1')
    expect(t.speech(false).commands()).toEqual([{ do: 'turn', started: false }, { do: 'respond' }])
    t.says('r2', 'i2').speech(true).judged(0).pass(120).judged(0)
    expect(t.commands()).toContainEqual({ do: 'cancel', response: 'r2' })
    const late = { type: 'error', code: 'response_cancel_not_active', message: '', command: 'cancel' } as const
    t.heard(['i2', 120, 500]).session(late).speech(false)
    expect(t.commands()).toEqual([{ do: 'turn', started: false }])
    expect(t.done('r2', { status: 'cancelled' }).commands()).toContainEqual({ do: 'respond' })
  })

  it('asks for no answer to a turn that had ended when the response began that was asked for before', () => {
    const t = new TestCall({ ...switchboard, bargeIn: { enabled: false, minSpeechMs: 120 } }).conversing().turn()
    expect(t.commands()).toContainEqual({ do: 'respond' })
    const asked = (): number => t.all.filter(e => e.do === 'session' && e.command.do === 'respond').length
    const before = asked()
    t.speech(true).judged(0).pass(600).judged(0).speech(false)
    expect(t.commands()).toEqual([{ do: 'turn', started: false }])
    t.says('r1', 'i1').session({ type: 'itemDone', item: 'i1' }).done('r1').played(['i1', 500, 500, true]).pass(1000)
    expect(asked()).toBe(before)
  })

  it('gives up a session that does not acknowledge a cancel', () => {
    const t = new TestCall(switchboard).conversing().turn().says('r1', 'i1').speech(true).judged(0).pass(120).judged(0)
    t.heard(['i1', 120, 500]).pass(3001)
    expect(t.does()).toEqual(expect.arrayContaining(['closeSession', 'openSession']))
  })
})

describe('dead air', () => {
  const nothing: readonly [string, (t: TestCall) => TestCall][] = [
    [
      'an empty response',
      t => t.session({ type: 'responseStarted', response: 'r1' }).done('r1', { items: 0 }).pass(300),
    ],
    [
      'a failed response',
      t => t.session({ type: 'responseStarted', response: 'r1' }).done('r1', { status: 'failed', items: 0 }).pass(300),
    ],
    [
      'a response cut off before a word',
      t =>
        t.session({ type: 'responseStarted', response: 'r1' }).done('r1', { status: 'incomplete', items: 0 }).pass(300),
    ],
    [
      'an error in place of a response',
      t => t.session({ type: 'error', code: 'server_error', message: '', command: 'respond' }).pass(300),
    ],
    [
      'a response that is never heard',
      t =>
        t.session({ type: 'responseStarted', response: 'r1' }).pass(3000).done('r1', { status: 'cancelled', items: 0 }),
    ],
  ]

  it.each(nothing)('is asked for once more, then is the end: %s', (_, happens) => {
    const t = happens(new TestCall(switchboard).conversing().turn())
    expect(t.commands(t.last).at(-1)).toEqual({ do: 'respond' })
    expect(t.call.phase).toBe('live')
    t.session({ type: 'responseStarted', response: 'r2' }).done('r2', {
      status: 'failed',
      items: 0,
      code: 'server_error',
    })
    expect(ended(t)).toBe('dead_air')
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'builtin:apology' })
    expect(t.figures('deadAirMs')).toHaveLength(1)
  })

  it('is over when the second try is heard', () => {
    const t = new TestCall(switchboard).conversing().turn().session({ type: 'responseStarted', response: 'r1' })
    t.done('r1', { status: 'failed', items: 0 }).pass(300).pass(200).says('r2', 'i2')
    expect(t.call.misses).toBe(0)
    expect(t.figures('deadAirMs')).toEqual([500])
  })

  it('leaves the second try a whole interval, however late the first one failed', () => {
    const t = new TestCall(switchboard).conversing().turn().session({ type: 'responseStarted', response: 'r1' })
    t.pass(2500).done('r1', { status: 'failed', items: 0, code: 'inference_rate_limit_exceeded' })
    expect(t.pass(1000).commands(t.last)).toEqual([{ do: 'respond' }])
    t.session({ type: 'responseStarted', response: 'r2' }).pass(2999)
    expect(t.call.phase).toBe('live')
    t.pass(1)
    expect(ended(t)).toBe('dead_air')
  })

  it('is asked for by us when the server makes no response at all', () => {
    const t = new TestCall().conversing().turn()
    expect(t.pass(2999).commands()).toEqual([])
    expect(t.pass(1).commands()).toEqual([{ do: 'respond' }])
    t.pass(3000)
    expect(ended(t)).toBe('dead_air')
  })

  it('a create that is never acknowledged costs the session, not the call', () => {
    const t = new TestCall(switchboard).conversing().turn().pass(3001)
    expect(t.does()).toEqual(expect.arrayContaining(['closeSession', 'openSession']))
    t.session({ type: 'ready' })
    expect(t.commands()).toEqual([{ do: 'respond' }])
  })

  it('is none when the item goes on in the very moment of the deadline', () => {
    const t = new TestCall(switchboard).conversing().turn().says('r1', 'i1').pass(500).played(['i1', 500, 500])
    t.pass(2999)
    t.now += 1
    t.audible('i1')
    expect(t.does()).toEqual([])
    expect(t.pass(1000).commands()).toEqual([])
  })

  it('a provider that stops in the middle of an item', () => {
    const t = new TestCall(switchboard).conversing().turn().says('r1', 'i1').pass(500).played(['i1', 500, 500])
    t.pass(3000)
    expect(t.commands()).toEqual([{ do: 'cancel', response: 'r1' }])
    expect(t.does()).toContain('flush')
    t.heard(['i1', 500, 500]).done('r1', { status: 'cancelled' })
    expect(t.commands()).toEqual([{ do: 'respond' }])
  })

  it('is none while audio is heard, however long, nor between two items of one response', () => {
    const t = new TestCall(switchboard).conversing().turn().says('r1', 'i1').pass(20_000)
    t.session({ type: 'itemDone', item: 'i1' }).played(['i1', 20_000, 20_000, true]).pass(1000)
    t.session({ type: 'item', response: 'r1', item: 'i2' })
      .audible('i2')
      .session({ type: 'itemDone', item: 'i2' })
      .done('r1')
    t.pass(1000).played(['i2', 1000, 1000, true]).pass(8000)
    expect(t.commands(t.all).filter(c => c.do === 'respond')).toHaveLength(2)
    expect(t.figures('deadAirMs')).toEqual([])
  })

  it('is none when all was heard before the end of the response is told', () => {
    const t = new TestCall(switchboard).conversing().turn().says('r1', 'i1').session({ type: 'itemDone', item: 'i1' })
    t.played(['i1', 900, 900, true]).pass(100).done('r1')
    expect(t.pass(9000).commands()).toEqual([])
    expect(t.figures('deadAirMs')).toEqual([])
  })

  it('is none while the caller holds', () => {
    const t = new TestCall(switchboard).conversing().turn().session({ type: 'responseStarted', response: 'r1' })
    t.leg({ type: 'held', held: true }).pass(20_000)
    expect(t.commands()).toEqual([])
    expect(t.leg({ type: 'held', held: false }).pass(3000).commands()).toEqual([{ do: 'cancel', response: 'r1' }])
  })
})
