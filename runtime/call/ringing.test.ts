import { describe, expect, it } from 'vitest'
import type { FinalActionPolicy } from './policy.ts'
import { TestCall } from './testing/test-call.ts'

const clip = { clip: 'sorry', interruptible: false }
const offered = (unavailable: FinalActionPolicy): TestCall =>
  new TestCall({ unavailable }).send({ type: 'offered', leg: 'leg-1' })

describe('ringing', () => {
  const noSession: readonly [string, (t: TestCall) => TestCall][] = [
    ['no session in time', t => t.pass(60_000)],
    ['a session that will never be', t => t.session({ type: 'closed', code: 'x', retry: false })],
    [
      'sessions that are lost again and again',
      t => {
        for (let i = 0; i < 8; i++) t.session({ type: 'closed', code: 'x', retry: true }).pass(5000)
        return t
      },
    ],
  ]

  it.each(noSession)('refuses with the policy’s code: %s', (_, happens) => {
    const t = happens(offered({ then: { reject: 486 } })).pass(5000)
    const rejects = t.all.filter(e => e.do === 'leg' && e.command.do === 'reject')
    expect(rejects).toMatchObject([{ command: { status: 486 } }])
    expect(t.legCommands(t.all)).toEqual(['ring', 'reject'])
    expect(t.records('end')).toMatchObject([{ why: { code: 'unavailable' } }])
  })

  it('answers to say that there is no agent, then hangs up', () => {
    const t = offered({ say: clip, then: { reject: 480 } })
    t.session({ type: 'closed', code: 'x', retry: false })
    expect(t.legCommands()).toEqual(['answer'])
    t.leg({ type: 'answered' })
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'sorry' })
    t.pass(2000).send({ type: 'clipDone', leg: 'leg-1', prompt: 'end', heardMs: 2000, totalMs: 2000 })
    expect(t.legCommands()).toEqual(['hangUp'])
    t.leg({ type: 'ended', why: { code: 'hangup', by: 'switchboard' } })
    expect(t.records('end')).toMatchObject([{ why: { code: 'unavailable' } }])
  })

  it('says a text with the built-in clip when there is no session', () => {
    const t = offered({ say: { text: 'Sorry.', interruptible: false }, then: { hangUp: true } })
    t.session({ type: 'closed', code: 'x', retry: false }).leg({ type: 'answered' })
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'end', clip: 'builtin:apology' })
  })

  it('frees everything when the caller gives up', () => {
    const t = offered({ then: { reject: 480 } })
    t.leg({ type: 'ended', why: { code: 'cancelled', by: 'caller' } })
    expect(t.does()).toEqual(['closeSession', 'free'])
    expect(t.records('end')).toEqual([{ kind: 'end', why: { code: 'cancelled', by: 'caller' } }])
    expect(t.call.wakeAt).toBeNull()
  })

  it('tries another session while it rings', () => {
    const t = offered({ then: { reject: 480 } })
    t.session({ type: 'closed', code: 'x', retry: true })
    expect(t.does()).toContain('openSession')
    t.session({ type: 'ready' })
    expect(t.legCommands()).toEqual(['answer'])
  })

  it('gives up a call whose answer is never acknowledged', () => {
    const t = offered({ then: { reject: 480 } })
      .session({ type: 'ready' })
      .pass(60_000)
    expect(t.legCommands(t.all)).toEqual(['ring', 'answer', 'hangUp'])
    expect(t.records('end')).toMatchObject([{ why: { code: 'signalling' } }])
  })
})

describe('the greeting', () => {
  it('waits for the caller’s first packet, but not long', () => {
    const t = new TestCall()
      .send({ type: 'offered', leg: 'leg-1' })
      .session({ type: 'ready' })
      .leg({ type: 'answered' })
    expect(t.commands()).toEqual([])
    expect(t.pass(199).commands()).toEqual([])
    expect(t.pass(1).commands()).toMatchObject([{ do: 'respond', say: 'Hello, how can I help?' }])
    expect(t.leg({ type: 'media' }).commands()).toEqual([])
  })

  it('is a clip when the agent has one', () => {
    const t = new TestCall({ greeting: { clip: 'hello', interruptible: true } }).live()
    expect(t.last).toContainEqual({ do: 'play', leg: 'leg-1', prompt: 'greeting', clip: 'hello' })
    t.send({ type: 'clipDone', leg: 'leg-1', prompt: 'greeting', heardMs: 800, totalMs: 800 })
    expect(t.records('prompt')).toEqual([{ kind: 'prompt', prompt: 'greeting', heardMs: 800, totalMs: 800 }])
  })

  it('is left out when there is none: the agent waits for the caller', () => {
    const t = new TestCall()
    const quiet = new TestCall()
    delete (quiet.call.policy as { greeting?: unknown }).greeting
    expect(quiet.live().commands(quiet.all)).toEqual([])
    expect(t.live().commands(t.all)).toHaveLength(1)
  })

  it('is said after the session is back when it was lost before', () => {
    const t = new TestCall().live()
    t.session({ type: 'closed', code: 'x', retry: true }).pass(1).session({ type: 'ready' })
    expect(t.commands()).toMatchObject([{ do: 'respond', say: 'Hello, how can I help?' }])
  })
})
