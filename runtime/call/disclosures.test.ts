import { describe, expect, it } from 'vitest'
import type { CallPolicy } from './policy.ts'
import { TestCall } from './testing/test-call.ts'

const RECORDED = { name: 'recorded', clip: 'c1', required: true }
const MACHINE = { name: 'machine', clip: 'c2', required: false }
const played = (call: TestCall): string[] => call.last.flatMap(e => (e.do === 'play' ? [e.prompt] : []))
const over = (call: TestCall, prompt: string, heardMs = 2000): TestCall =>
  call.send({ type: 'clipDone', leg: 'leg-1', prompt, heardMs, totalMs: 2000 })
const disclosing = (over: Partial<CallPolicy> = {}): TestCall =>
  new TestCall({ disclosures: [RECORDED, MACHINE], ...over }).live()

describe('disclosures', () => {
  it('come before the greeting, one after another, and are proved', () => {
    const call = disclosing()
    expect(played(call)).toEqual(['disclosure-recorded'])
    expect(call.commands(call.all)).toEqual([{ do: 'autoRespond', on: false }])
    over(call, 'disclosure-recorded')
    expect(played(call)).toEqual(['disclosure-machine'])
    over(call, 'disclosure-machine')
    expect(call.commands()).toEqual([
      { do: 'respond', say: 'Hello, how can I help?', tools: false },
      { do: 'autoRespond', on: true },
    ])
    expect(call.records('disclosure')).toEqual([
      { kind: 'disclosure', name: 'recorded', clip: 'c1', heardMs: 2000, totalMs: 2000 },
      { kind: 'disclosure', name: 'machine', clip: 'c2', heardMs: 2000, totalMs: 2000 },
    ])
  })

  it('are not cut by the caller, who is answered after the greeting', () => {
    const call = disclosing({ disclosures: [RECORDED] }).audible('disclosure-recorded')
    call.speech(true).judged(0, 400)
    call.pass(800).judged(0, 1200)
    expect(call.all.filter(e => e.do === 'pause' || e.do === 'flush')).toEqual([])
    call.speech(false).pass(500)
    call.session({ type: 'responseStarted', response: 'own' })
    expect(call.commands()).toEqual([{ do: 'cancel', response: 'own' }])
    call.session({ type: 'responseDone', response: 'own', status: 'cancelled', items: 0, toolCalls: 0 })
    over(call, 'disclosure-recorded')
    expect(call.commands()[0]).toMatchObject({ do: 'respond', say: 'Hello, how can I help?' })
    call.says('r1', 'i1').done('r1').pass(1000)
    expect(call.commands()).toEqual([{ do: 'respond' }])
  })

  it('whoever spoke into them is answered once, also when the session answers before it greets', () => {
    const call = disclosing({ disclosures: [RECORDED] }).audible('disclosure-recorded')
    call.speech(true).judged(0, 400).pass(800).judged(0, 1200).speech(false).pass(500)
    over(call, 'disclosure-recorded')
    expect(call.commands()[0]).toMatchObject({ do: 'respond', say: 'Hello, how can I help?' })
    call.session({ type: 'responseStarted', response: 'own' })
    call.session({ type: 'error', code: 'conversation_already_has_active_response', message: '', command: 'respond' })
    call.says('own', 'i1').done('own')
    expect(call.commands()[0]).toMatchObject({ do: 'respond', say: 'Hello, how can I help?' })
    call.says('r1', 'i2').done('r1').pass(1000)
    expect(call.commands()).toEqual([])
  })

  it('whose keys are told while the caller holds the line leave it silent', () => {
    const call = disclosing({ disclosures: [RECORDED], greeting: { clip: 'hello', interruptible: true } })
    call.audible('disclosure-recorded').leg({ type: 'digit', digit: '1', ms: 100 }).pass(2100)
    call.leg({ type: 'held', held: true })
    over(call, 'disclosure-recorded')
    const playout = call.all.map(e => e.do).filter(what => what === 'pause' || what === 'resume')
    expect(playout.at(-1)).toBe('pause')
  })

  it('let keys wait, and a wish for a person', () => {
    const human = { destination: 'desk', keys: '0', phrases: ['a person'] }
    const desk = { name: 'desk', ways: ['transfer' as const], ringMs: 8000, ringback: null, keepSession: false }
    const outcome = { hangUp: false }
    const outcomes = { busy: outcome, noAnswer: outcome, failed: outcome, ended: outcome }
    const call = disclosing({ disclosures: [RECORDED], human, destinations: [{ ...desk, outcomes }] })
    call.leg({ type: 'digit', digit: '0', ms: 100 }).pass(1900)
    expect(call.legCommands(call.all)).toEqual(['ring', 'answer'])
    over(call, 'disclosure-recorded').pass(100)
    expect(call.legCommands(call.all)).toContain('transfer')
  })

  it('that cannot be said refuse the call before it is answered, or are left out', () => {
    const unsaid = { name: 'unsaid', required: true }
    const refused = new TestCall({ disclosures: [RECORDED, unsaid] }).send({ type: 'offered', leg: 'leg-1' })
    expect(refused.legCommands()).toEqual(['ring', 'reject'])
    expect(refused.all.some(e => e.do === 'openSession')).toBe(false)
    const call = disclosing({ disclosures: [{ ...unsaid, required: false }] })
    expect(call.commands()[0]).toMatchObject({ do: 'respond', say: 'Hello, how can I help?' })
    expect(call.records('disclosure')).toEqual([{ kind: 'disclosure', name: 'unsaid', heardMs: 0, totalMs: 0 }])
  })

  it('whose sound is not there end the call as unavailable', () => {
    const call = disclosing().send({
      type: 'clipDone',
      leg: 'leg-1',
      prompt: 'disclosure-recorded',
      heardMs: 0,
      totalMs: 0,
    })
    expect(played(call)).toEqual(['end'])
  })

  it('leave the end of the call to whoever cut one', () => {
    const call = disclosing()
    over(call, 'disclosure-recorded', 700).leg({ type: 'ended', why: { code: 'hangup', by: 'caller' } })
    expect(call.records('disclosure')).toMatchObject([{ name: 'recorded', heardMs: 700 }])
    expect(call.records('end')).toMatchObject([{ why: { code: 'hangup' } }])
  })
})

describe('verbatim prompts', () => {
  it('are said as a clip, never by the session', () => {
    const greeting = { text: 'Hello.', interruptible: true, verbatim: true }
    const call = new TestCall({ greeting: { ...greeting, clip: 'g' } }).live()
    expect(played(call)).toEqual(['greeting'])
    const refused = new TestCall({ greeting }).send({ type: 'offered', leg: 'leg-1' })
    expect(refused.legCommands()).toEqual(['ring', 'reject'])
  })

  it('that were not rendered are last words of the built-in clip', () => {
    const say = { text: 'Bye.', interruptible: false, verbatim: true }
    const call = new TestCall({ drainEnd: { say, then: { hangUp: true } } }).conversing()
    call.send({ type: 'drain', deadline: call.now + 1 }).pass(10)
    expect(call.last.flatMap(e => (e.do === 'play' ? [e.clip] : []))).toEqual(['builtin:apology'])
  })
})

describe('waiting sounds', () => {
  const waiting = { afterMs: 1000, everyMs: 2000, say: { clip: 'w', interruptible: true } }
  const toolCall = { type: 'toolCall', call: 't1', name: 'find', args: '{}', response: 'r1' } as const

  it('are heard while a tool runs long, and end where the agent speaks', () => {
    const call = new TestCall({ waiting }).conversing().turn()
    call.session({ type: 'responseStarted', response: 'r1' }).session(toolCall).done('r1', { items: 0, toolCalls: 1 })
    expect(played(call.pass(990))).toEqual([])
    expect(played(call.pass(20))).toEqual([expect.stringMatching(/^waiting-/)])
    const [prompt = ''] = played(call)
    call.audible(prompt).send({ type: 'tool', id: 't1', ok: true, output: '{}' }).pass(400)
    call.session({ type: 'responseStarted', response: 'r2' }).session({ type: 'item', response: 'r2', item: 'i2' })
    expect(call.does()).toEqual(['flush'])
  })

  it('are heard again, and while a session is replaced', () => {
    const call = new TestCall({ waiting }).conversing()
    call.session({ type: 'closed', code: 'gone', retry: true })
    const [prompt = ''] = played(call.pass(1010))
    expect(prompt).toMatch(/^waiting-/)
    call.send({ type: 'clipDone', leg: 'leg-1', prompt, heardMs: 500, totalMs: 500 })
    expect(played(call.pass(1900))).toEqual([])
    expect(played(call.pass(200))).toHaveLength(1)
  })
})
