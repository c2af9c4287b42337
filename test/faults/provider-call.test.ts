/** The provider fails in the middle of a call: dropped, empty, failing, stalled. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clip } from '#simulators/speech/library.ts'
import { sleep } from '#test/phones/process.ts'
import { type Caller, wasWhole } from './caller.ts'
import { openStage, type Stage, type Traces } from './stage.ts'

const QUICK = { deadAir: { after: '1s', then: { say: { builtIn: 'Apology' }, then: { hangUp: {} } } } }
const TURNS = [
  { on: 'caller', heard: 'I would like an appointment.', say: 'One moment, let me look.' },
  { on: 'caller', heard: 'Three.', say: 'All right, that is done.' },
] as const

const faults = ({ entries }: Traces): unknown[] =>
  entries.filter(e => e.kind === 'fault').map(e => [e.code, e['detail']])

/** Answered, greeted, and it is the caller's turn. */
async function greeted(stage: Stage, agent: string): Promise<Caller> {
  const caller = await stage.dial(agent)
  await caller.answered()
  await caller.hears('greeting', 5000)
  return caller
}

// Every case waits most of its time: all of them at once.
vi.setConfig({ maxConcurrency: 16, testTimeout: 60_000, hookTimeout: 30_000 })

describe.concurrent('a provider that fails in a call', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({
      dropped: {
        provider: { script: { turns: [...TURNS] } },
        openAI: { transcription: { model: 'gpt-4o-mini-transcribe' } },
      },
      // no faster than it is spoken, so that a drop cuts words
      cut: {
        spec: { greeting: { text: clip('agent', 'all-set')?.text } },
        provider: { script: { turns: [...TURNS] }, pace: { speed: 1, headStartMs: 300 } },
      },
      empty: { spec: QUICK, provider: { script: { turns: [...TURNS] } } },
      emptied: { spec: QUICK, provider: { script: { turns: [...TURNS] } } },
      failed: { spec: QUICK, provider: { script: { turns: [...TURNS] } } },
      failing: { spec: QUICK, provider: { script: { turns: [...TURNS] } } },
      stalled: { spec: QUICK, provider: { script: { turns: [...TURNS] } } },
      garbled: { provider: { script: { turns: [...TURNS] } } },
    })
  })
  afterAll(() => stage.close())

  test('dropped in a silence: a new session knows what was said, and the caller hears no gap', async () => {
    const caller = await greeted(stage, 'dropped')
    caller.say('no')
    await caller.hears('look', 8000)
    await sleep(300)
    stage.provider('dropped').inject({ kind: 'drop' })
    await sleep(600)
    caller.say('three')
    await caller.hears('done', 8000)
    await caller.hangUp()
    const [before, after] = stage.provider('dropped').sessions
    expect(before).toMatchObject({ open: false })
    const told = after?.items.slice(0, 3).map(i => [i.role, i.text])
    expect(told).toEqual([
      ['assistant', 'Acme Dental, how can I help?'],
      ['user', 'I would like an appointment.'],
      ['assistant', 'One moment, let me look.'],
    ])
    const { entries, spans, end } = await stage.traces(caller)
    const what = entries.filter(e => e.kind === 'session').map(e => e.what)
    expect(what).toEqual(['opened', 'ready', 'lost', 'reopened', 'ready', 'closed'])
    expect(entries.find(e => e.what === 'lost')?.code).toBe('SB_SESSION_DROPPED')
    expect(spans.filter(s => s.name === 'switchboard.session').map(s => s.error)).toEqual(['SB_SESSION_DROPPED', ''])
    expect(end).toMatchObject({ code: 'hangup' })
  })

  test('dropped in the middle of a word: what the caller heard of it is written down, and the words are said anew', async () => {
    const caller = await stage.dial('cut')
    await caller.answered()
    await caller.hearsBeginning('all-set', 5000)
    await sleep(600)
    stage.provider('cut').inject({ kind: 'drop' })
    const cutAt = caller.rtp.heard().length / 8
    await caller.hears('all-set', 6000, cutAt)
    await sleep(800)
    caller.say('no')
    await caller.hearsBeginning('look', 9000)
    await caller.hangUp()
    const { entries, end } = await stage.traces(caller)
    const greetings = entries.filter(e => e.kind === 'prompt').map(e => Number(e['heardMs']))
    const [half = 0, whole] = greetings.sort((a, b) => a - b)
    expect(half).toBeGreaterThan(500)
    expect(half).toBeLessThan(5000)
    expect(whole).toBe(clip('agent', 'all-set')?.ms)
    expect(greetings).toHaveLength(2)
    expect(entries.filter(e => e.kind === 'session').map(e => e.what)).toContain('reopened')
    expect(end).toMatchObject({ code: 'hangup' })
  })

  test('an empty response: asked again, and the caller hears the answer', async () => {
    const caller = await greeted(stage, 'empty')
    stage.provider('empty').inject({ kind: 'empty' })
    caller.say('no')
    await caller.hearsBeginning('look', 9000)
    await caller.hangUp()
    const traces = await stage.traces(caller)
    expect(faults(traces)).toEqual([['SB_CALL_RESPONSE_FAILED', undefined]])
    expect(traces.root.events).toContain('switchboard.deadAir')
    expect(traces.end).toMatchObject({ code: 'hangup' })
    expect(await stage.metrics()).toMatch(/switchboard_call_dead_air_seconds_count\{[^}]*agent="empty"[^}]*\} 1\b/)
  })

  test('empty twice: the declared end, whole', async () => {
    const caller = await greeted(stage, 'emptied')
    stage.provider('emptied').inject({ kind: 'empty', count: 9 })
    caller.say('no')
    const apology = await caller.hears('builtin:apology', 9000)
    expect(apology).toSatisfy(wasWhole)
    const { reason } = await caller.ended()
    expect(reason).toContain('text="dead_air"')
    const { end, root } = await stage.traces(caller)
    expect(end).toMatchObject({ code: 'dead_air', by: 'provider' })
    expect(root).toMatchObject({ error: 'dead_air', attributes: { 'switchboard.outcome': 'upstream' } })
    expect(caller.heard('look')).toBe(false)
  })

  test('a response over the rate limit: a second later it is asked for again', async () => {
    const caller = await greeted(stage, 'failed')
    stage.provider('failed').inject({ kind: 'failed' })
    caller.say('no')
    await caller.hearsBeginning('look', 9000)
    await caller.hangUp()
    const traces = await stage.traces(caller)
    expect(faults(traces)).toEqual([['SB_CALL_RESPONSE_FAILED', 'inference_rate_limit_exceeded']])
    expect(traces.end).toMatchObject({ code: 'hangup' })
  })

  test('failing for good: the declared end', async () => {
    const caller = await greeted(stage, 'failing')
    stage.provider('failing').inject({ kind: 'failed', code: 'server_error', count: 9 })
    caller.say('no')
    await caller.hears('builtin:apology', 9000)
    await caller.ended()
    const traces = await stage.traces(caller)
    expect(faults(traces)).toEqual([
      ['SB_CALL_RESPONSE_FAILED', 'server_error'],
      ['SB_CALL_RESPONSE_FAILED', 'server_error'],
    ])
    expect(traces.end).toMatchObject({ code: 'dead_air', by: 'provider' })
  })

  test('stalled: silence, one more try, then the declared end, never endless silence', async () => {
    const caller = await greeted(stage, 'stalled')
    stage.provider('stalled').inject({ kind: 'stall', when: 'response', ms: 60_000 })
    caller.say('no')
    await caller.said()
    const asked = performance.now()
    const apology = await caller.hears('builtin:apology', 9000)
    expect(apology).toSatisfy(wasWhole)
    // turn's end 0.5 s, dead air 1 s, the retry's 1 s, and the apology itself
    expect(performance.now() - asked).toBeLessThan(3500 + apology.wholeMs + 1500)
    await caller.ended()
    const traces = await stage.traces(caller)
    expect(traces.end).toMatchObject({ code: 'dead_air', by: 'provider' })
    expect(traces.root.events.filter(e => e === 'switchboard.deadAir')).toHaveLength(2)
  })

  test('garbage from the provider: skipped, counted as errors of the session, and the call goes on', async () => {
    const caller = await greeted(stage, 'garbled')
    for (const form of ['event', 'text', 'binary'] as const) stage.provider('garbled').inject({ kind: 'garbage', form })
    caller.say('no')
    await caller.hearsBeginning('look', 9000)
    await caller.hangUp()
    const { end, entries } = await stage.traces(caller)
    expect(end).toMatchObject({ code: 'hangup' })
    expect(entries.filter(e => e.kind === 'session').map(e => e.what)).toEqual(['opened', 'ready', 'closed'])
  })
})
