import { describe, expect, it } from 'vitest'
import type { CallPolicy } from './policy.ts'
import { TestCall } from './testing/test-call.ts'

const call = (t: TestCall, id: string, name = 'find', args = '{"day":"monday"}', response = 'r1'): TestCall =>
  t.session({ type: 'toolCall', call: id, name, args, response })

/** In a turn: response r1 is open, nothing was said. */
const thinking = (): TestCall =>
  new TestCall().conversing().turn().pass(400).session({ type: 'responseStarted', response: 'r1' })
const calling = (t: TestCall, calls = 1): TestCall => t.done('r1', { items: 0, toolCalls: calls })
const error = (text: string): string => JSON.stringify({ error: text })

describe('a tool call', () => {
  it('runs with a deadline; its result goes back, and then one response is asked for', () => {
    const t = call(thinking(), 'c1')
    expect(t.last).toContainEqual({
      do: 'tool', id: 'c1', name: 'find', args: { day: 'monday' }, deadline: t.now + 3000, speculative: false,
    }) // biome-ignore format: short
    expect(t.figures('firstToolMs')).toEqual([400])
    calling(t).pass(700).send({ type: 'tool', id: 'c1', ok: true, output: '[]', display: 'Nothing found' })
    expect(t.commands()).toEqual([{ do: 'toolResult', call: 'c1', output: '[]' }, { do: 'respond' }])
    expect(t.records('tool')).toEqual([
      {
        kind: 'tool',
        id: 'c1',
        name: 'find',
        args: { day: 'monday' },
        ok: true,
        output: '[]',
        display: 'Nothing found',
        ms: 700,
      },
    ])
  })

  it('waits for the response to be done before it asks for the next', () => {
    const t = call(thinking(), 'c1').send({ type: 'tool', id: 'c1', ok: true, output: '1' })
    expect(t.commands()).toEqual([{ do: 'toolResult', call: 'c1', output: '1' }])
    expect(calling(t).commands()).toEqual([{ do: 'respond' }])
  })

  it('of several: all outputs first, then one response', () => {
    const t = calling(call(call(thinking(), 'c1'), 'c2', 'book'), 2)
    t.send({ type: 'tool', id: 'c2', ok: true, output: '2' })
    expect(t.commands()).toEqual([{ do: 'toolResult', call: 'c2', output: '2' }])
    t.send({ type: 'tool', id: 'c1', ok: true, output: '1' })
    expect(t.commands()).toEqual([{ do: 'toolResult', call: 'c1', output: '1' }, { do: 'respond' }])
  })

  it.each([
    ['an unknown tool', 'nonsense', '{}', 'SB_CALL_TOOL_UNKNOWN'],
    ['broken JSON', 'find', '{"day":', 'SB_CALL_TOOL_ARGUMENTS'],
    ['no object', 'find', '[1]', 'SB_CALL_TOOL_ARGUMENTS'],
  ])('is not made for %s: the model is told', (_, name, args, code) => {
    const t = call(thinking(), 'c1', name, args)
    expect(t.does()).toEqual(['session'])
    expect(t.commands()).toMatchObject([{ do: 'toolResult', call: 'c1' }])
    expect(t.records('tool')).toMatchObject([{ ok: false, code }])
    expect(calling(t).commands()).toEqual([{ do: 'respond' }])
  })

  it('takes empty arguments for none', () => {
    expect(call(thinking(), 'c1', 'find', '').last).toContainEqual(expect.objectContaining({ do: 'tool', args: {} }))
  })

  it('that does not answer in time: the model is told, and told again when it has answered after all', () => {
    const t = calling(call(thinking(), 'c1', 'book')).pass(3000)
    expect(t.commands()).toMatchObject([{ do: 'toolResult', call: 'c1' }, { do: 'respond' }])
    t.says('r2', 'i2').send({ type: 'tool', id: 'c1', ok: true, output: 'booked' })
    expect(t.commands()).toEqual([
      { do: 'tell', role: 'system', text: 'The tool book, called before, has answered after all: booked' },
    ])
    expect(t.records('tool')).toMatchObject([
      { ok: false, code: 'SB_CALL_TOOL_TIMEOUT' },
      { ok: true, late: true },
    ])
    expect(t.send({ type: 'tool', id: 'c1', ok: true, output: 'again' }).last).toEqual([])
  })

  it('whose time-out both clocks see is told once', () => {
    const t = calling(call(thinking(), 'c1')).pass(3000).send({ type: 'tool', id: 'c1', ok: false, output: 'timeout' })
    expect(t.commands()).toEqual([])
    expect(t.records('tool')).toHaveLength(1)
  })

  it('goes on when the caller interrupts; its result waits for the caller’s turn to end', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1')
    calling(call(t, 'c1', 'book')).pass(500)
    t.speech(true).judged(0).pass(120).judged(0).heard(['i1', 620, 2000])
    expect(t.all.some(e => e.do === 'cancelTool')).toBe(false)
    t.send({ type: 'tool', id: 'c1', ok: true, output: 'booked' })
    expect(t.commands()).toEqual([{ do: 'toolResult', call: 'c1', output: 'booked' }])
    // the server may make a response for the turn, which tells of it as well
    expect(t.pass(300).speech(false).commands()).toEqual([])
    expect(t.pass(300).commands()).toEqual([{ do: 'respond' }])
  })

  it('is not made when the caller interrupted before', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').speech(true).judged(0).pass(120).judged(0)
    t.heard(['i1', 100, 900])
    call(t, 'c1', 'book')
    expect(t.does()).toEqual(['session'])
    expect(t.records('tool')).toMatchObject([{ ok: false, code: 'SB_CALL_TOOL_WITHDRAWN' }])
  })

  it('withdrawn by the provider: a Read stops, a Write goes on and is told', () => {
    const t = calling(call(call(thinking(), 'c1'), 'c2', 'book'), 2)
    t.session({ type: 'toolCancelled', call: 'c1' })
    expect(t.does()).toEqual(['cancelTool'])
    expect(t.session({ type: 'toolCancelled', call: 'c2' }).does()).toEqual([])
    t.send({ type: 'tool', id: 'c2', ok: true, output: 'booked' })
    expect(t.commands()).toMatchObject([{ do: 'tell', role: 'system' }])
  })

  it('withdrawn while a response to the caller is on its way needs none of its own: that one has seen the other outputs', () => {
    const t = new TestCall({ responses: 'switchboard' }).conversing().turn().pass(400)
    t.session({ type: 'responseStarted', response: 'r1' })
    calling(call(call(t, 'c1', 'book'), 'c2', 'nonsense'), 2).session({ type: 'toolTaken', call: 'c2' })
    t.turn()
    const asked = () => t.commands(t.all).filter(c => c.do === 'respond' && c.say === undefined)
    expect(asked()).toHaveLength(2)
    t.session({ type: 'toolCancelled', call: 'c1' }).says('r2', 'i1').done('r2').pass(1000)
    expect(asked()).toHaveLength(2)
  })

  it('of a lost session is told to the next as text', () => {
    const t = calling(call(thinking(), 'c1', 'book')).session({ type: 'closed', code: 'x', retry: true })
    t.pass(1).session({ type: 'ready' }).send({ type: 'tool', id: 'c1', ok: true, output: 'booked' })
    expect(t.commands()).toEqual([
      { do: 'tell', role: 'system', text: 'The tool book, called before, answered: booked' },
      { do: 'respond' },
    ])
  })

  it('is no dead air while it runs', () => {
    const t = calling(call(thinking(), 'c1')).pass(2900)
    expect(t.commands()).toEqual([])
    expect(t.call.misses).toBe(0)
  })

  it('is bounded in number', () => {
    const t = thinking()
    for (let i = 0; i < 20; i++) call(t, `c${i}`)
    expect(t.all.filter(e => e.do === 'tool')).toHaveLength(16)
    expect(t.commands().at(-1)).toEqual({
      do: 'toolResult', call: 'c19', output: error('Too many tools are running. Wait for their answers.'),
    }) // biome-ignore format: short
  })

  it('that is cut by the end of the call is written down', () => {
    const t = call(thinking(), 'c1', 'book').leg({ type: 'ended', why: { code: 'hangup', by: 'caller' } })
    expect(t.does()).toEqual(['closeSession', 'cancelTool', 'free'])
    expect(t.records('tool')).toMatchObject([{ ok: false, code: 'SB_CALL_TOOL_CUT' }])
  })
})

describe('end_call', () => {
  const goodbye = (): TestCall =>
    call(thinking().session({ type: 'item', response: 'r1', item: 'i1' }).audible('i1'), 'e1', 'end_call', '{}')

  it('hangs up when the last words are played', () => {
    const t = goodbye().session({ type: 'itemDone', item: 'i1' }).done('r1', { toolCalls: 1 })
    expect(t.legCommands()).toEqual([])
    t.pass(900).played(['i1', 900, 900, true])
    expect(t.legCommands()).toEqual(['hangUp'])
    expect(t.call.ending?.why).toEqual({ code: 'hangup', by: 'agent' })
  })

  it('does not wait for ever', () => {
    expect(goodbye().pass(5000).legCommands()).toEqual(['hangUp'])
  })

  it('hangs up at once when nothing is to be said', () => {
    expect(calling(call(thinking(), 'e1', 'end_call', '{}')).legCommands()).toEqual(['hangUp'])
  })

  it('is taken back when the caller speaks into it', () => {
    const t = goodbye().session({ type: 'itemDone', item: 'i1' }).done('r1', { toolCalls: 1 })
    t.speech(true).judged(0).pass(120).judged(0)
    expect(t.commands()).toMatchObject([{ do: 'toolResult', call: 'e1' }])
    t.heard(['i1', 120, 900]).speech(false).pass(2000)
    expect(t.call.phase).toBe('live')
  })

  it('is unknown when the agent may not end calls', () => {
    const t = new TestCall({ endCall: { enabled: false, goodbyeMs: 1 } }).conversing().turn()
    call(t.session({ type: 'responseStarted', response: 'r1' }), 'e1', 'end_call', '{}')
    expect(t.records('tool')).toMatchObject([{ code: 'SB_CALL_TOOL_UNKNOWN' }])
  })
})

describe('a tool that answers around the end of a turn', () => {
  const finding = (over: Partial<CallPolicy> = {}): TestCall => {
    const t = new TestCall(over).conversing().turn().pass(400).session({ type: 'responseStarted', response: 'r1' })
    return calling(call(t, 'c1')).pass(500)
  }
  const found = (t: TestCall): TestCall => t.send({ type: 'tool', id: 'c1', ok: true, output: '[]' })
  const result = { do: 'toolResult', call: 'c1', output: '[]' }
  const taken = (t: TestCall): TestCall => t.session({ type: 'toolTaken', call: 'c1' })
  const asks = (t: TestCall, ms: number): number =>
    t
      .pass(ms)
      .commands()
      .filter(c => c.do === 'respond').length

  it('while the caller speaks: the server’s response at the end of the turn says it, and no other', () => {
    const t = found(finding().speech(true).pass(600))
    expect(t.commands()).toEqual([result])
    taken(t).pass(200).speech(false)
    expect(t.commands()).toEqual([])
    expect(asks(t, 80)).toBe(0)
    t.says('r2', 'i2').pass(1000).session({ type: 'itemDone', item: 'i2' }).done('r2').played(['i2', 900, 900, true])
    expect(asks(t, 2000)).toBe(0)
  })

  it('just after the turn, and the server has it when it begins: one response', () => {
    const t = taken(found(finding().speech(true).pass(600).speech(false).pass(40)).pass(20))
    expect(t.commands()).toEqual([])
    t.pass(20).says('r2', 'i2').done('r2')
    expect(asks(t, 2000)).toBe(0)
  })

  it('just after the turn, and the server had begun without it: its words, then one response more', () => {
    const t = found(finding().speech(true).pass(600).speech(false).pass(40))
    expect(t.commands()).toEqual([result])
    t.pass(20).session({ type: 'responseStarted', response: 'r2' })
    taken(t).done('r2')
    expect(t.commands()).toEqual([{ do: 'respond' }])
    t.session({ type: 'responseStarted', response: 'r3' }).done('r3')
    expect(asks(t, 2000)).toBe(0)
  })

  it('however long the way: what the server had not seen when it began is asked for', () => {
    const t = found(finding().speech(true).pass(600).speech(false))
    t.pass(250).session({ type: 'responseStarted', response: 'r2' }).pass(100)
    expect(taken(t).done('r2').commands()).toEqual([{ do: 'respond' }])
  })

  it('and the server makes no response: it is asked for', () => {
    const t = found(finding().speech(true).pass(600).speech(false))
    expect(asks(taken(t), 299)).toBe(0)
    expect(asks(t, 1)).toBe(1)
  })

  it('after a cough: the server’s response to that is not waited for to its end', () => {
    const quiet = { enabled: true, minSpeechMs: 120 }
    const t = finding({ bargeIn: quiet })
    t.says('r2', 'i2').speech(true).judged(0.9).pass(60).speech(false)
    found(t.done('r2').played(['i2', 300, 300, true]))
    taken(t).session({ type: 'responseStarted', response: 'r3' })
    expect(t.commands()).toEqual([{ do: 'cancel', response: 'r3' }])
    expect(t.done('r3', { status: 'cancelled' }).commands()).toEqual([{ do: 'respond' }])
  })

  it('crosses the server’s response: it counts whether that one has seen it', () => {
    const crossing = {
      type: 'error',
      code: 'conversation_already_has_active_response',
      message: '',
      command: 'respond',
    } as const
    for (const seen of [true, false]) {
      const t = found(finding().speech(true).pass(600).speech(false))
      expect(asks(t, 300)).toBe(1)
      if (seen) taken(t)
      t.session({ type: 'responseStarted', response: 'r2' })
      if (!seen) taken(t)
      expect(t.session(crossing).done('r2').commands()).toEqual(seen ? [] : [{ do: 'respond' }])
      expect(asks(t, 2000)).toBe(0)
    }
  })

  it('and responses are ours: asked for at once, as ever', () => {
    const t = found(finding({ responses: 'switchboard' }).speech(true).pass(600))
    expect(taken(t).speech(false).commands()).toEqual([{ do: 'turn', started: false }, { do: 'respond' }])
    t.says('r2', 'i2').done('r2')
    expect(asks(t, 2000)).toBe(0)
  })
})
