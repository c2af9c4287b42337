/** The provider is slow, gone or refusing while it rings: what the caller hears, and what record and trace say. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { wasWhole } from './caller.ts'
import { type Entry, openStage, type Stage } from './stage.ts'

const sessions = (entries: readonly Entry[]): string[] =>
  entries.filter(e => e.kind === 'session').map(e => (e.code === undefined ? String(e.what) : `${e.what} ${e.code}`))

// Every case waits most of its time: all of them at once.
vi.setConfig({ maxConcurrency: 16, testTimeout: 60_000, hookTimeout: 30_000 })

describe.concurrent('a provider that does not come up', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({
      slow: {},
      late: { spec: { unavailable: { after: '1s', say: { builtIn: 'Apology' }, then: { hangUp: {} } } } },
      gone: { provider: 'gone' },
      rejecting: { provider: 'gone', spec: { unavailable: { then: { reject: 480 } } } },
      forbidden: { provider: { badKeys: ['sk-simulated'] } },
      limited: {},
    })
  })
  afterAll(() => stage.close())

  test('slow: it rings longer, then the agent answers as ever', async () => {
    stage.provider('slow').inject({ kind: 'slowStart', ms: 1500 })
    const caller = await stage.dial('slow')
    const afterMs = await caller.answered()
    expect(caller.provisional).toEqual([180])
    expect(afterMs).toBeGreaterThanOrEqual(1400)
    const greeting = await caller.hears('greeting', 4000)
    expect(greeting).toSatisfy(wasWhole)
    await caller.hangUp()
    const { entries, end, root } = await stage.traces(caller)
    expect(sessions(entries)).toEqual(['opened', 'ready', 'closed'])
    expect(end).toMatchObject({ code: 'hangup', by: 'caller' })
    expect(root.attributes).toMatchObject({ 'switchboard.outcome': 'success' })
    expect(root.attributes['switchboard.call.answer_ms']).toBeGreaterThanOrEqual(1400)
  })

  test('slower than the longest ring: the apology, whole, then the end', async () => {
    stage.provider('late').inject({ kind: 'slowStart', ms: 8000 })
    const caller = await stage.dial('late')
    expect(await caller.answered()).toBeLessThan(2500)
    const apology = await caller.hears('builtin:apology', 4000)
    expect(apology).toSatisfy(wasWhole)
    const { reason } = await caller.ended()
    expect(reason).toContain('text="unavailable"')
    expect(caller.heard('greeting')).toBe(false)
    const { entries, end, root } = await stage.traces(caller)
    expect(end).toMatchObject({ code: 'unavailable', by: 'provider' })
    expect(entries.filter(e => e.kind === 'turn')).toEqual([])
    const prompt = entries.find(e => e.kind === 'prompt')
    expect(prompt?.['heardMs']).toBe(prompt?.['totalMs'])
    expect(root).toMatchObject({ error: 'unavailable', attributes: { 'switchboard.outcome': 'upstream' } })
  })

  test('gone: tried again, then the apology', async () => {
    const caller = await stage.dial('gone')
    await caller.answered()
    await caller.hears('builtin:apology', 4000)
    await caller.ended()
    const { entries, end, spans } = await stage.traces(caller)
    const lost = sessions(entries).filter(s => s.startsWith('lost'))
    expect(lost.length).toBeGreaterThan(1)
    expect(new Set(lost)).toEqual(new Set(['lost SB_SESSION_CONNECT']))
    expect(end).toMatchObject({ code: 'unavailable', by: 'provider', detail: 'SB_SESSION_CONNECT' })
    const tried = spans.filter(s => s.name === 'switchboard.session')
    expect(tried.map(s => s.error)).toEqual(lost.map(() => 'SB_SESSION_CONNECT'))
  })

  test('gone, and the agent would rather refuse: 480 while it rings', async () => {
    const caller = await stage.dial('rejecting')
    const { status, message } = await caller.final()
    expect(status).toBe(480)
    expect(message.start).toBe('SIP/2.0 480 unavailable')
    expect(caller.rtp.packets).toEqual([])
    const { entries, end, root } = await stage.traces(caller)
    expect(end).toMatchObject({ code: 'unavailable', by: 'provider' })
    expect(entries.some(e => e.kind === 'answered')).toBe(false)
    expect(root.attributes).toMatchObject({ 'switchboard.outcome': 'upstream', 'switchboard.end.code': 'unavailable' })
    caller.close()
  })

  test('a key that is refused is tried once, not thrice', async () => {
    const caller = await stage.dial('forbidden')
    expect(await caller.answered()).toBeLessThan(1500)
    await caller.hears('builtin:apology', 4000)
    await caller.ended()
    const { entries, end } = await stage.traces(caller)
    expect(sessions(entries).filter(s => s.startsWith('lost'))).toEqual(['lost SB_SESSION_UNAUTHORIZED'])
    expect(end).toMatchObject({ code: 'unavailable', detail: 'SB_SESSION_UNAUTHORIZED' })
  })

  test('too many requests, twice: it rings on, and the third try answers', async () => {
    stage.provider('limited').inject({ kind: 'refuse', status: 429, count: 2 })
    const caller = await stage.dial('limited')
    await caller.answered()
    await caller.hears('greeting', 4000)
    await caller.hangUp()
    const { entries, end } = await stage.traces(caller)
    expect(sessions(entries)).toEqual([
      'opened',
      'lost SB_SESSION_LIMITED',
      'reopened',
      'lost SB_SESSION_LIMITED',
      'reopened',
      'ready',
      'closed',
    ])
    expect(end).toMatchObject({ code: 'hangup' })
  })
})
