import { describe, expect, it } from 'vitest'
import { TestCall } from './testing/test-call.ts'

const prompt = { do: 'respond', say: 'Are you there?', tools: false }

describe('a caller who says nothing', () => {
  it('is waited for, prompted, and given up', () => {
    const t = new TestCall().conversing()
    expect(t.pass(8999).commands()).toEqual([])
    expect(t.pass(1).commands()).toEqual([prompt])
    t.says('r1', 'i1').session({ type: 'itemDone', item: 'i1' }).done('r1').pass(500).played(['i1', 500, 500, true])
    t.pass(9999)
    expect(t.call.phase).toBe('live')
    t.pass(1)
    expect(t.legCommands()).toEqual(['hangUp'])
    expect(t.call.ending?.why).toEqual({ code: 'silence', by: 'caller' })
  })

  it('is prompted by a clip when the prompt is one', () => {
    const silence = {
      afterMs: 1500,
      prompts: [{ clip: 'hello?', interruptible: true }],
      then: { then: { hangUp: true } },
    } as const
    const t = new TestCall({ silence }).conversing().pass(1000)
    expect(t.last).toContainEqual(expect.objectContaining({ do: 'play', clip: 'hello?' }))
  })

  const excuses: readonly [string, (t: TestCall) => TestCall][] = [
    ['the caller speaks', t => t.speech(true)],
    ['the agent speaks', t => t.turn().says('r1', 'i1')],
    [
      'a tool runs',
      t => t.session({ type: 'toolCall', call: 'c', name: 'book', args: '{}', response: 'r' }).pass(2000),
    ],
    ['the caller holds', t => t.leg({ type: 'held', held: true })],
  ]
  it.each(excuses)('is not prompted while %s', (_, happens) => {
    const t = happens(new TestCall({ deadAir: { afterMs: 60_000, then: { then: { hangUp: true } } } }).conversing())
    t.pass(_ === 'a tool runs' ? 900 : 9500)
    expect(t.commands(t.all)).not.toContainEqual(prompt)
  })

  it('starts anew after the caller has spoken', () => {
    const t = new TestCall().conversing().pass(9000)
    expect(t.commands()).toEqual([prompt])
    t.says('r1', 'i1').session({ type: 'itemDone', item: 'i1' }).done('r1').played(['i1', 500, 500, true]).pass(1000)
    t.turn().says('r2', 'i2').session({ type: 'itemDone', item: 'i2' }).done('r2').played(['i2', 500, 500, true])
    expect(t.pass(10_000).commands()).toEqual([prompt])
  })
})
