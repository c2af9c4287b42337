import { describe, expect, it } from 'vitest'
import { TestCall } from './testing/test-call.ts'

const press = (t: TestCall, digits: string): TestCall => {
  for (const digit of digits) t.leg({ type: 'digit', digit, ms: 100 }).pass(100)
  return t
}

describe('keys', () => {
  it('are told as text after a gap, then the model speaks', () => {
    const t = press(new TestCall().conversing(), '123')
    expect(t.commands(t.all)).toHaveLength(1)
    expect(t.pass(1400).commands()).toEqual([
      { do: 'tell', role: 'caller', text: 'The caller pressed: 123' },
      { do: 'respond' },
    ])
  })

  it('are told at the terminator', () => {
    const t = new TestCall().conversing()
    press(t, '42')
    t.leg({ type: 'digit', digit: '#', ms: 100 })
    expect(t.commands()[0]).toEqual({ do: 'tell', role: 'caller', text: 'The caller pressed: 42' })
  })

  it('leave only their count in the record', () => {
    const t = press(new TestCall().conversing(), '1234#')
    expect(t.records('dtmf')).toEqual([{ kind: 'dtmf', count: 4 }])
    expect(JSON.stringify(t.all.filter(e => e.do === 'record' || e.do === 'trace'))).not.toContain('1234')
  })

  it('interrupt the agent', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').session({ type: 'itemDone', item: 'i1' }).done('r1')
    press(t, '1')
    t.leg({ type: 'digit', digit: '#', ms: 100 })
    expect(t.does()).toContain('flush')
    expect(t.commands()).toEqual([{ do: 'tell', role: 'caller', text: 'The caller pressed: 1' }])
    expect(t.heard(['i1', 100, 900, true]).commands()).toEqual([
      { do: 'truncate', item: 'i1', heardMs: 100 },
      { do: 'respond' },
    ])
  })

  it('reach the next session when there is none now', () => {
    const t = new TestCall().conversing().session({ type: 'closed', code: 'x', retry: true })
    press(t, '7#')
    t.session({ type: 'ready' })
    expect(t.commands()).toContainEqual({ do: 'respond' })
    t.session({ type: 'closed', code: 'x', retry: true }).pass(1000)
    expect(t.all.findLast(e => e.do === 'openSession')).toMatchObject({
      history: [{ role: 'caller', text: 'The caller pressed: 7' }],
    })
  })

  it.each([
    ['off', { enabled: false, gapMs: 1, terminator: null }, '1'],
    ['no key', { enabled: true, gapMs: 1, terminator: null }, 'x'],
    ['the terminator alone', { enabled: true, gapMs: 1, terminator: '#' }, '#'],
  ])('are nothing when %s', (_, dtmf, digit) => {
    const t = new TestCall({ dtmf }).conversing().leg({ type: 'digit', digit, ms: 1 }).pass(100)
    expect(t.records('dtmf')).toEqual([])
  })
})
