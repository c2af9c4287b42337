import { describe, expect, it } from 'vitest'
import { TestCall } from './testing/test-call.ts'

const closed = { type: 'closed', code: 'gone', retry: true } as const
const historyOf = (t: TestCall): unknown => {
  const open = t.all.findLast(e => e.do === 'openSession')
  return open?.do === 'openSession' ? open.history : null
}
const words = (t: TestCall, role: 'caller' | 'agent', item: string, text: string): TestCall =>
  t.session({ type: 'transcript', role, item, text, final: true })

/** Greeting, then a question that was answered; the caller interrupted the answer half way. */
function conversation(): TestCall {
  const t = new TestCall().live().says('r0', 'i0')
  words(t, 'agent', 'i0', 'Hello, how can I help?').session({ type: 'itemDone', item: 'i0' }).done('r0')
  t.played(['i0', 900, 900, true]).pass(1000).turn()
  words(t, 'caller', 'u1', 'When are you open?').says('r1', 'i1')
  words(t, 'agent', 'i1', 'We are open on Monday and on Tuesday.').session({ type: 'itemDone', item: 'i1' }).done('r1')
  t.speech(true).judged(0).pass(120).judged(0).heard(['i1', 1000, 2000, true]).pass(300).speech(false)
  return words(t, 'caller', 'u2', 'And on Sunday?')
}

describe('a session is lost', () => {
  it('what is queued plays on, the caller goes nowhere, and another is opened with what was said and heard', () => {
    const t = conversation()
    t.session(closed)
    expect(t.does()).toEqual(['route', 'openSession'])
    expect(historyOf(t)).toEqual([
      { role: 'agent', text: 'Hello, how can I help?' },
      { role: 'caller', text: 'When are you open?' },
      { role: 'agent', text: 'We are open on… [interrupted]' },
      { role: 'caller', text: 'And on Sunday?' },
    ])
    t.session({ type: 'ready' })
    expect(t.does().slice(0, 2)).toEqual(['route', 'route'])
    expect(t.commands()).toEqual([{ do: 'respond' }])
  })

  it('says what came after the latest handle of a session, for no handle holds it', () => {
    const since = (t: TestCall): unknown => {
      const open = t.all.findLast(e => e.do === 'openSession')
      return open?.do === 'openSession' ? open.since : null
    }
    const t = conversation().session({ type: 'resumable', handle: 'h' })
    words(t.turn(), 'caller', 'u3', 'My name is Ada.').session(closed)
    expect(since(t)).toEqual([{ role: 'caller', text: 'My name is Ada.' }])
    expect(historyOf(t)).toHaveLength(5)
  })

  it('asks again for the response that was open', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').session(closed).session({ type: 'ready' })
    expect(t.commands()).toEqual([{ do: 'respond' }])
  })

  it('asks for nothing when nothing was owed', () => {
    expect(new TestCall().conversing().session(closed).session({ type: 'ready' }).commands()).toEqual([])
  })

  it('ends a pause: the speech that caused it is not heard any more', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').speech(true).judged(0).session(closed)
    expect(t.does()).toContain('resume')
  })

  it('is opened again with growing back-off, and not for ever', () => {
    const t = new TestCall().conversing()
    const waits: number[] = []
    for (let i = 0; i < 4; i++) {
      t.session(closed)
      const from = t.now
      for (let ms = 0; t.call.timers.reopen !== undefined && ms < 10_000; ms += 50) t.pass(50)
      waits.push(t.now - from)
    }
    expect(waits).toEqual([0, 250, 500, 0])
    expect(t.call.ending?.why).toEqual({ code: 'unavailable', by: 'provider', detail: 'gone' })
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'builtin:apology' })
  })

  it('counts anew once the agent was heard', () => {
    const t = new TestCall().conversing().session(closed).session({ type: 'ready' })
    expect(t.call.reopens).toBe(1)
    t.turn().says('r1', 'i1')
    expect(t.call.reopens).toBe(0)
  })

  it('is not tried again when that cannot help', () => {
    const t = new TestCall().conversing().session({ ...closed, retry: false })
    expect(t.does()).not.toContain('openSession')
    expect(t.call.ending?.why.code).toBe('unavailable')
  })

  it('is given up when it does not become ready', () => {
    const t = new TestCall().conversing().session(closed).pass(5001)
    expect(t.does()).toEqual(expect.arrayContaining(['closeSession']))
    expect(t.call.reopens).toBe(2)
  })

  it('lets go of an item that will never be complete, once it has run empty', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').pass(600).session(closed)
    expect(t.call.items).toHaveLength(1)
    t.played(['i1', 600, 600])
    expect(t.call.items).toEqual([])
    expect(t.records('turn').at(-1)).toMatchObject({ item: 'i1', heardMs: 600 })
    const dry = new TestCall().conversing().turn().says('r1', 'i1').pass(600).played(['i1', 600, 600])
    dry.session(closed).pass(1000)
    expect(dry.records('turn').at(-1)).toMatchObject({ item: 'i1', heardMs: 600 })
  })

  it('does not truncate an item of the old session in the new one', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').session(closed).session({ type: 'ready' })
    t.speech(true).judged(0).pass(120).judged(0).heard(['i1', 100, 900])
    expect(t.commands(t.all).some(c => c.do === 'truncate')).toBe(false)
  })
})

describe('a session expires', () => {
  it('is replaced in a silence, and the next learns what was said meanwhile', () => {
    const t = words(new TestCall().conversing().turn(), 'caller', 'u1', 'Hello?').says('r1', 'i1')
    t.session({ type: 'expiring', inMs: 120_000 })
    expect(t.does()).toEqual([])
    t.session({ type: 'itemDone', item: 'i1' }).done('r1').played(['i1', 900, 900, true])
    expect(t.does()).toEqual(['openSession'])
    t.pass(800).turn()
    words(t, 'caller', 'u2', 'One more thing.').next({ type: 'ready' })
    expect(t.does()).toEqual([])
    t.says('r2', 'i2')
    words(t, 'agent', 'i2', 'Yes?').session({ type: 'itemDone', item: 'i2' }).done('r2').played(['i2', 900, 900, true])
    expect(t.does()).toEqual(['swapSessions', 'session', 'session', 'route', 'route'])
    expect(t.commands()).toEqual([
      { do: 'tell', role: 'caller', text: 'One more thing.' },
      { do: 'tell', role: 'system', text: 'You said: Yes?' },
    ])
    expect(t.records('session').map(r => r.kind === 'session' && r.what)).toContain('rollover')
    t.pass(800).turn().says('s1', 'j1')
    expect(t.call.items.map(i => i.id)).toEqual(['j1'])
  })

  it('is replaced in the middle of a word when there is no time left, and the answer is asked for again', () => {
    const t = new TestCall()
      .conversing()
      .turn()
      .says('r1', 'i1')
      .session({ type: 'expiring', inMs: 30_000 })
      .pass(15_000)
    expect(t.does()).toEqual(['openSession'])
    t.next({ type: 'ready' })
    expect(t.does()).toEqual([])
    t.pass(13_000)
    expect(t.does()[0]).toBe('swapSessions')
    expect(t.commands()).toEqual([{ do: 'respond' }])
  })

  const handle = { type: 'resumable', handle: 'h' } as const
  const opens = (t: TestCall) => t.all.flatMap(e => (e.do === 'openSession' && e.slot === 'next' ? [e.since] : []))
  /** Time is short when it says so, in the middle of a sentence that no handle holds yet. */
  const short = (inMs = 12_000): TestCall => {
    const t = words(new TestCall().conversing().session(handle).turn(), 'caller', 'u1', 'Hello?').says('r1', 'i1')
    return words(t, 'agent', 'i1', 'We are').session({ type: 'expiring', inMs }).pass(1)
  }
  const ends = (t: TestCall): TestCall =>
    t.session({ type: 'itemDone', item: 'i1' }).done('r1').played(['i1', 900, 900, true])

  it('is opened anew by a newer handle, so that the next knows the sentence by itself', () => {
    const t = short().next({ type: 'ready' })
    expect(opens(t)).toEqual([
      [
        { role: 'caller', text: 'Hello?' },
        { role: 'agent', text: 'We are' },
      ],
    ])
    words(t, 'agent', 'i1', 'We are open.').session(handle)
    expect(t.does()).toEqual(['closeSession', 'openSession'])
    expect(opens(t)[1]).toEqual([])
    expect(ends(t).does()).toEqual([])
    t.next({ type: 'ready' })
    expect(t.does()).toEqual(['swapSessions', 'route', 'route'])
    expect(t.commands()).toEqual([])
  })

  it('is opened anew while it was not ready yet, too, and once for each handle', () => {
    const t = ends(short().session(handle))
    expect(opens(t)).toHaveLength(2)
    t.session(handle).next({ type: 'ready' })
    expect(opens(t)).toHaveLength(2)
    expect(t.all.map(e => e.do)).toContain('swapSessions')
  })

  it('takes over by a handle that comes a moment after the last word, for the provider’s silence is not ours', () => {
    const t = ends(short().next({ type: 'ready' })).pass(300)
    expect(t.does()).toEqual([])
    t.session(handle)
    expect(t.does()).toEqual(['closeSession', 'openSession'])
    t.next({ type: 'ready' })
    expect(t.does()).toEqual(['swapSessions', 'route', 'route'])
  })

  it('is opened once, by that handle, where there is time', () => {
    const t = ends(short(60_000)).pass(300).session(handle)
    expect(opens(t)).toEqual([[]])
  })

  it('is not opened anew by a handle that holds nothing more, nor with hardly any time left', () => {
    const quiet = new TestCall().conversing().session(handle).session({ type: 'expiring', inMs: 60_000 })
    quiet.session(handle)
    expect(opens(quiet)).toHaveLength(1)
    const late = short(3000).next({ type: 'ready' }).pass(1600).session(handle)
    expect(opens(late)).toHaveLength(1)
  })

  it('without a newer handle the next is told the whole of the sentence that was not over when it was opened', () => {
    const t = short().next({ type: 'ready' })
    words(t, 'agent', 'i1', 'We are open until six.')
    expect(ends(t).does()).toEqual([])
    t.pass(1000)
    expect(t.does()[0]).toBe('swapSessions')
    expect(t.commands()).toEqual([{ do: 'tell', role: 'system', text: 'You said: We are open until six.' }])
  })

  it('is not fatal when the next fails: it is tried again', () => {
    const t = new TestCall().conversing().session({ type: 'expiring', inMs: 60_000 }).next(closed)
    expect(t.call.phase).toBe('live')
    t.pass(2000)
    expect(t.does()).toEqual(['openSession'])
  })

  it('is replaced by the next when it goes before', () => {
    const t = new TestCall().conversing().session({ type: 'expiring', inMs: 60_000 }).session(closed)
    expect(t.does()).toEqual(['route'])
    t.next({ type: 'ready' })
    expect(t.does()).toEqual(['swapSessions', 'route', 'route'])
  })
})
