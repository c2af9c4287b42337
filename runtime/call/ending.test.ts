import { describe, expect, it } from 'vitest'
import type { FinalActionPolicy } from './policy.ts'
import { TestCall } from './testing/test-call.ts'

const text: FinalActionPolicy = { say: { text: 'Time is up.', interruptible: false }, then: { hangUp: true } }

function limited(over: ConstructorParameters<typeof TestCall>[0] = {}): TestCall {
  const limits = { maxMs: 5000, maxThen: text, holdMs: 60_000, mediaLostMs: 60_000 }
  return new TestCall({ limits, ...over }).conversing()
}

describe('last words', () => {
  it('are spoken by the session, and then the call ends', () => {
    const t = limited().pass(4000)
    expect(t.commands()).toEqual([
      { do: 'autoRespond', on: false },
      { do: 'respond', say: 'Time is up.', tools: false, interruptible: false },
    ])
    t.says('r9', 'i9').session({ type: 'itemDone', item: 'i9' }).done('r9').pass(800)
    expect(t.call.phase).toBe('ending')
    t.played(['i9', 800, 800, true])
    expect(t.legCommands()).toEqual(['hangUp'])
    expect(t.records('prompt').at(-1)).toEqual({ kind: 'prompt', prompt: 'end', heardMs: 800, totalMs: 800 })
  })

  it('wait for the open response to be gone, and what it had said is cut', () => {
    const t = limited().turn().says('r1', 'i1').pass(3000)
    expect(t.does()).toEqual(expect.arrayContaining(['discard', 'flush']))
    expect(t.commands()[0]).toEqual({ do: 'cancel', response: 'r1' })
    t.heard(['i1', 3000, 6000])
    expect(t.commands()).toEqual([{ do: 'truncate', item: 'i1', heardMs: 3000 }])
    expect(t.done('r1', { status: 'cancelled' }).commands()).toMatchObject([{ do: 'respond', say: 'Time is up.' }])
  })

  const silent: readonly [string, (t: TestCall) => TestCall][] = [
    ['does not begin', t => t.pass(4000)],
    ['fails', t => t.session({ type: 'responseStarted', response: 'r9' }).done('r9', { status: 'failed', items: 0 })],
    ['is lost', t => t.session({ type: 'closed', code: 'x', retry: true })],
  ]
  it.each(silent)('are the apology when the session %s', (_, happens) => {
    const t = happens(limited().pass(4000))
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'builtin:apology' })
    t.send({ type: 'clipDone', leg: 'leg-1', prompt: 'end', heardMs: 0, totalMs: 0 })
    expect(t.legCommands()).toEqual(['hangUp'])
  })

  it('have a bound, and so has the hang-up', () => {
    const t = limited().pass(4000).says('r9', 'i9').pass(15_000)
    expect(t.legCommands(t.all).at(-1)).toBe('hangUp')
    expect(t.all.at(-1)).toEqual({ do: 'free', why: { code: 'limit', by: 'switchboard' } })
    expect(t.call.wakeAt).toBeNull()
  })

  it('are not interrupted by anything', () => {
    const t = limited().pass(4000).says('r9', 'i9').speech(true).judged(0).pass(500).speech(false)
    t.leg({ type: 'digit', digit: '1', ms: 1 }).session({ type: 'responseStarted', response: 'x' })
    t.session({ type: 'toolCall', call: 'c', name: 'book', args: '{}', response: 'x' })
    expect(t.all.filter(e => e.do === 'pause' || e.do === 'tool')).toEqual([])
    expect(t.call.phase).toBe('ending')
  })
})

describe('the end', () => {
  it('comes in any phase with the leg, once', () => {
    for (let events = 0; events < 8; events++) {
      const t = new TestCall()
      const life = [
        () => t.send({ type: 'offered', leg: 'leg-1' }),
        () => t.session({ type: 'ready' }),
        () => t.leg({ type: 'answered' }),
        () => t.leg({ type: 'media' }),
        () => t.says('r0', 'i0'),
        () => t.session({ type: 'toolCall', call: 'c', name: 'book', args: '{}', response: 'r0' }),
        () => t.send({ type: 'hangUp', by: 'operator' }),
      ]
      for (const event of life.slice(0, events)) event()
      t.leg({ type: 'ended', why: { code: 'hangup', by: 'caller' } }).pass(100_000)
      expect(t.all.filter(e => e.do === 'free')).toHaveLength(1)
      expect(t.all.at(-1)?.do).toBe('free')
      const opened = t.all.filter(e => e.do === 'openSession').length
      expect(t.all.filter(e => e.do === 'closeSession')).toHaveLength(opened)
      expect(t.all.filter(e => e.do === 'cancelTool')).toHaveLength(t.all.filter(e => e.do === 'tool').length)
      expect(t.call.wakeAt).toBeNull()
    }
  })

  it('writes down what the caller heard last', () => {
    const t = new TestCall().conversing().turn().says('r1', 'i1').pass(700).heard(['i1', 700, 2000])
    t.leg({ type: 'ended', why: { code: 'hangup', by: 'caller' } })
    expect(t.records('turn').findLast(r => r.kind === 'turn' && r.role === 'agent')).toMatchObject({
      item: 'i1',
      heardMs: 700,
      sentMs: 2000,
      interrupted: true,
    })
    expect(t.commands(t.all).some(c => c.do === 'truncate')).toBe(false)
  })
})
