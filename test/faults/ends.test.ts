/** Calls that somebody else ends: the caller's phone dies, or the worker is told to stop. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sleep } from '#test/phones/process.ts'
import { valueOf } from '#test/phones/wire-sip.ts'
import { wasWhole } from './caller.ts'
import { openStage, recordOf, type Stage } from './stage.ts'

// Every case waits most of its time: all of them at once.
vi.setConfig({ maxConcurrency: 16, testTimeout: 60_000, hookTimeout: 30_000 })

describe.concurrent('a caller who vanishes', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({
      vanished: { spec: { limits: { mediaLost: '5s' } } },
      muted: { spec: { limits: { mediaLost: '5s' } } },
    })
  })
  afterAll(() => stage.close())

  test('no packets and no BYE: after limits.mediaLost the worker hangs up, and the slot is free though nobody answers', async () => {
    const caller = await stage.dial('vanished')
    await caller.answered()
    await caller.hears('greeting', 5000)
    caller.vanish()
    const gone = performance.now()
    const { reason } = await caller.ended(12_000)
    expect(performance.now() - gone).toBeGreaterThan(4500)
    expect(performance.now() - gone).toBeLessThan(8000)
    expect(reason).toBe('Q.850;cause=31;text="media_lost"')
    const { end, root, spans, call } = await stage.traces(caller)
    expect(end).toMatchObject({ code: 'media_lost', by: 'switchboard' })
    expect(root.attributes).toMatchObject({ 'switchboard.outcome': 'indeterminate' })
    expect(spans.every(s => s.attributes['gen_ai.conversation.id'] === call)).toBe(true)
    const { calls } = (await stage.worker.get('/v1/calls')) as { calls: { id: string }[] }
    expect(calls.map(c => c.id)).not.toContain(call)
    expect(stage.provider('vanished').sessions.map(s => s.open)).toEqual([false])
    expect(await stage.metrics()).toMatch(
      /switchboard_calls_total\{[^}]*agent="vanished"[^}]*code="media_lost"[^}]*\} 1\b/,
    )
  })

  test('a gap shorter than that is no end: the model hears silence, and the call goes on', async () => {
    const caller = await stage.dial('muted')
    await caller.answered()
    await caller.hears('greeting', 5000)
    const session = stage.provider('muted').sessions[0]
    caller.rtp.hush()
    const before = stage.provider('muted').sessions[0]?.inputMs ?? 0
    await sleep(3500)
    const after = stage.provider('muted').sessions[0]?.inputMs ?? 0
    expect(session?.open).toBe(true)
    expect(after - before).toBeGreaterThan(3000)
    caller.resume()
    caller.say('no')
    await caller.hears('tell-me-more', 8000)
    await caller.hangUp()
    const { end } = await stage.traces(caller)
    expect(end).toMatchObject({ code: 'hangup', by: 'caller' })
  })
})

describe.concurrent('SIGTERM with calls up', () => {
  test('new calls are refused at once, the others go on, and the last hears the declared end at the deadline', async () => {
    const say = { say: { text: 'I have to transfer you now.' }, then: { hangUp: {} } }
    const stage = await openStage(
      {
        staying: { spec: { drain: { end: say } } },
        leaving: {},
        wordless: { spec: { drain: { end: { then: { hangUp: {} } } } } },
      },
      { run: ['--drain-deadline', '6'] },
    )
    try {
      const [staying, leaving, wordless] = await Promise.all(
        ['staying', 'leaving', 'wordless'].map(name => stage.dial(name)),
      )
      if (staying === undefined || leaving === undefined || wordless === undefined) throw new Error('three calls')
      for (const caller of [staying, leaving, wordless]) await caller.answered()
      await Promise.all([staying, leaving, wordless].map(caller => caller.hears('greeting', 5000)))
      const told = performance.now()
      stage.worker.process.signal('SIGTERM')
      await sleep(100)

      const late = await stage.dial('leaving')
      const refused = await late.final()
      expect(refused.status).toBe(503)
      expect(refused.afterMs).toBeLessThan(500)
      expect(valueOf(refused.message, 'retry-after')).toMatch(/^\d+$/)
      late.close()

      staying.say('no')
      await leaving.hangUp()
      expect((await stage.traces(leaving)).end).toMatchObject({ code: 'hangup', by: 'caller' })
      await staying.hears('tell-me-more', 5000)

      const goodbye = await staying.hears('transfer', 8000)
      expect(goodbye).toSatisfy(wasWhole)
      await Promise.all([staying.ended(4000), wordless.ended(4000)])
      expect(performance.now() - told).toBeGreaterThan(5500)
      expect(await Promise.race([stage.worker.process.exited, sleep(5000).then(() => 'still there')])).toBe(0)
      expect(performance.now() - told).toBeLessThan(13_000)

      for (const caller of [staying, wordless]) {
        const spans = await stage.collector.call(caller.callId, 1000)
        const root = spans.find(s => s.name === 'switchboard.call')
        expect(root?.attributes).toMatchObject({ 'switchboard.end.code': 'drain', 'switchboard.end.by': 'operator' })
        const entries = await recordOf(stage.worker.db, String(root?.attributes['gen_ai.conversation.id']))
        expect(entries.at(-1)).toMatchObject({ kind: 'end', why: { code: 'drain', by: 'operator' } })
      }
    } finally {
      await stage.close()
    }
  })
})
