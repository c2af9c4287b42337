import { describe, expect, it } from 'vitest'
import type { DestinationPolicy } from './policy.ts'
import { TestCall } from './testing/test-call.ts'

const goesOn = { hangUp: false }

function desk(over: Partial<DestinationPolicy> = {}): DestinationPolicy {
  return {
    name: 'desk',
    ways: ['bridge'],
    ringMs: 20_000,
    ringback: 'Us',
    keepSession: false,
    outcomes: { busy: goesOn, noAnswer: goesOn, failed: goesOn, ended: { hangUp: true } },
    ...over,
  }
}

const human = { destination: 'desk', keys: '0', phrases: ['speak to a person'] }
const calling = (over: Partial<DestinationPolicy> = {}): TestCall =>
  new TestCall({ destinations: [desk(over)], transfer: { to: ['desk'] }, human }).conversing()
const press = (t: TestCall, digits: string): TestCall => {
  for (const digit of digits) t.leg({ type: 'digit', digit, ms: 100 })
  return t.pass(2000)
}
const dialled = (t: TestCall): string => t.all.flatMap(e => (e.do === 'dial' ? [e.leg] : [])).at(-1) ?? ''
const far = (t: TestCall, event: Parameters<TestCall['leg']>[0]): TestCall =>
  t.send({ type: 'leg', leg: dialled(t), event })
const tones = (t: TestCall): (string | null)[] => t.all.flatMap(e => (e.do === 'tone' ? [e.tone] : []))
const routes = (t: TestCall): string[] =>
  t.last.flatMap(e => (e.do === 'route' ? [`${JSON.stringify(e.from)}→${JSON.stringify(e.to)}`] : []))
const transfers = (t: TestCall) => t.records('transfer')

describe('a person is called', () => {
  it('by a key alone, whatever the model does; not by the same key in a longer number', () => {
    expect(dialled(press(calling(), '4207'))).toBe('')
    expect(dialled(press(calling(), '0'))).toMatch(/^leg-1\./)
    const silent = calling()
    silent.session({ type: 'closed', code: 'gone', retry: true })
    expect(dialled(press(silent, '0'))).toMatch(/^leg-1\./)
  })

  it.each(['I want to SPEAK, to a person!', 'can I speak to a person'])('by the words “%s”', text => {
    const t = calling()
    t.session({ type: 'transcript', role: 'caller', item: 'u', text, final: true })
    expect(dialled(t)).not.toBe('')
  })

  it('not by words that only hold them', () => {
    const t = calling()
    t.session({ type: 'transcript', role: 'caller', item: 'u', text: 'speak to a personal trainer', final: true })
    expect(dialled(t)).toBe('')
  })

  it('by the model, when its words were heard', () => {
    const t = calling()
    t.says('r1', 'i1').session({
      type: 'toolCall',
      call: 't',
      name: 'transfer_call',
      args: '{"destination":"desk"}',
      response: 'r1',
    })
    t.session({ type: 'itemDone', item: 'i1' }).done('r1', { toolCalls: 1 })
    expect(dialled(t)).toBe('')
    t.played(['i1', 900, 900, true])
    expect(dialled(t)).not.toBe('')
  })

  it('but not one that is not declared: the model is told', () => {
    const t = calling()
    t.session({ type: 'responseStarted', response: 'r1' })
    t.session({ type: 'toolCall', call: 't', name: 'transfer_call', args: '{"destination":"911"}', response: 'r1' })
    expect(t.commands()).toMatchObject([{ do: 'toolResult', call: 't' }])
    expect(dialled(t)).toBe('')
  })
})

describe('the caller', () => {
  it('hears it ring, then the far end, then the person, and is heard', () => {
    const t = press(calling(), '0')
    far(t, { type: 'ringing', early: false })
    expect(tones(t)).toEqual(['Us'])
    far(t, { type: 'ringing', early: true })
    expect(tones(t).at(-1)).toBeNull()
    far(t, { type: 'answered' })
    expect(routes(t)).toHaveLength(2)
    expect(t.does()).toContain('closeSession')
    t.leg({ type: 'digit', digit: '7', ms: 100 })
    expect(t.last).toMatchObject([{ do: 'leg', leg: dialled(t), command: { do: 'sendDigits', digits: '7' } }])
  })

  it.each(['busy', 'noAnswer', 'failed'] as const)('is with the agent again after %s, which knows why', outcome => {
    const t = press(calling(), '0')
    far(t, { type: 'unanswered', outcome })
    far(t, { type: 'ended', why: { code: 'signalling', by: 'person' } })
    expect(t.call.phase).toBe('live')
    expect(transfers(t)).toMatchObject([{ destination: 'desk', by: 'keys', way: 'bridge', outcome }])
    const told = t.all.flatMap(e => (e.do === 'session' && e.command.do === 'tell' ? [e.command.text] : []))
    expect(told.at(-1)).toContain('Transfer to desk')
  })

  it('is not kept waiting by a phone that never stops ringing', () => {
    const t = press(calling(), '0')
    t.pass(25_000)
    expect(transfers(t)).toMatchObject([{ outcome: 'noAnswer' }])
    expect(t.legCommands(t.all)).toContain('hangUp')
  })

  it('hears what is declared, and the call ends where that is declared', () => {
    const say = { clip: 'sorry', interruptible: false }
    const outcomes = { busy: { say, hangUp: true }, noAnswer: goesOn, failed: goesOn, ended: goesOn }
    const t = press(calling({ outcomes }), '0')
    far(t, { type: 'unanswered', outcome: 'busy' })
    expect(t.does()).toContain('play')
    expect(t.call.phase).toBe('ending')
  })

  it('who hangs up takes the second leg with them', () => {
    const t = press(calling(), '0')
    t.leg({ type: 'ended', why: { code: 'hangup', by: 'caller' } })
    expect(t.last).toContainEqual(expect.objectContaining({ do: 'leg', leg: dialled(t) }))
    expect(t.does().at(-1)).toBe('free')
    expect(transfers(t)).toMatchObject([{ outcome: 'cancelled' }])
  })
})

describe('REFER', () => {
  const referring = (): { t: TestCall; id: string } => {
    const t = press(calling({ ways: ['transfer', 'bridge'] }), '0')
    const id = t.all.flatMap(e => (e.do === 'leg' && e.command.do === 'transfer' ? [e.command.id] : [])).at(-1) ?? ''
    return { t, id }
  }

  it('that succeeds ends the call at once', () => {
    const { t, id } = referring()
    t.leg({ type: 'transferred', id, outcome: 'done' })
    expect(t.last).toContainEqual(
      expect.objectContaining({ do: 'leg', command: expect.objectContaining({ do: 'hangUp' }) }),
    )
    expect(transfers(t)).toMatchObject([{ way: 'transfer', outcome: 'connected' }])
  })

  it('that is refused is followed by a second leg; one that finds the line busy is not', () => {
    const refused = referring()
    refused.t.leg({ type: 'transferred', id: refused.id, outcome: 'refused' })
    expect(dialled(refused.t)).not.toBe('')
    const busy = referring()
    busy.t.leg({ type: 'transferred', id: busy.id, outcome: 'busy' })
    expect(dialled(busy.t)).toBe('')
    expect(busy.t.call.phase).toBe('live')
  })

  it('of which nothing is heard for 30 s brings the agent back, and a late success still ends the call', () => {
    const { t, id } = referring()
    t.leg({ type: 'transferring', id }).pass(29_000)
    expect(t.call.phase).toBe('away')
    t.pass(1500)
    expect(t.call.phase).toBe('live')
    t.leg({ type: 'transferred', id, outcome: 'done' })
    expect(t.call.phase).toBe('closing')
  })
})

describe('a transfer that takes the caller’s media away', () => {
  const commands = (t: TestCall): string[] => t.legCommands(t.all)

  it('is waited for as long as its leg needs; then the caller is wanted back', () => {
    const t = press(calling({ ways: ['transfer'], newsMs: 40_000 }), '0')
    t.pass(39_000)
    expect(t.call.phase).toBe('away')
    expect(commands(t)).not.toContain('recall')
    t.pass(2000)
    expect(t.call.phase).toBe('live')
    expect(commands(t)).toContain('recall')
  })

  it('is over when the call is: for last words the caller is wanted back, else not', () => {
    const say = { clip: 'bye', interruptible: false }
    const drained = (end: object): string[] => {
      const t = press(calling({ ways: ['transfer'] }), '0')
      t.send({ type: 'drain', deadline: 0, end: { then: { hangUp: true }, ...end } })
      return commands(t)
    }
    expect(drained({ say }).slice(-1)).toEqual(['recall'])
    expect(drained({})).not.toContain('recall')
    expect(drained({}).at(-1)).toBe('hangUp')
  })
})
