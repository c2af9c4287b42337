/** Tools that hang, fail, lie, or are slow while the caller speaks on. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sleep } from '#test/phones/process.ts'
import { type AgentOptions, type Entry, openStage, type Stage } from './stage.ts'
import { startToolServer, type ToolServer } from './tool-server.ts'

/** Agents whose model calls the tool at `path` when asked, and says that it cannot when the tool gave nothing. */
function agent(url: string, path: string, timeout = '2s'): AgentOptions {
  return {
    spec: {
      tools: [
        {
          name: 'find_appointment',
          description: 'Finds free appointments.',
          parameters: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
          http: { url: url + path, timeout },
        },
      ],
    },
    provider: {
      script: {
        turns: [
          {
            on: 'caller',
            heard: 'An appointment on Tuesday.',
            items: [{ say: 'One moment, let me look.' }, { call: 'find_appointment', arguments: { day: 'Tuesday' } }],
          },
          {
            on: 'tool',
            match: 'error',
            say: 'I am sorry, I cannot reach the calendar right now. Can I take a message?',
          },
          { on: 'tool', say: 'All right, that is done.' },
          { on: 'caller', heard: 'Wait.', say: 'I see. Please tell me more.', repeat: true },
        ],
      },
    },
  }
}

const CASES = [
  { name: 'hanging', path: '/hang', timeout: '1s', withinMs: 1500, code: /^SB_(CALL_)?TOOL_TIMEOUT/, told: /in time/ },
  { name: 'failing', path: '/fail', timeout: '2s', withinMs: 2000, code: /^SB_TOOL_STATUS$/, told: /HTTP 500/ },
  { name: 'broken', path: '/broken', timeout: '2s', withinMs: 2000, code: /^SB_TOOL_BAD_JSON$/, told: /broken JSON/ },
  { name: 'lying', path: '/image', timeout: '2s', withinMs: 2000, code: /^SB_TOOL_CONTENT_TYPE$/, told: /image\/png/ },
  {
    name: 'endless',
    path: '/endless',
    timeout: '5s',
    withinMs: 5000,
    code: /^SB_TOOL_TOO_LARGE$/,
    told: /65536 bytes/,
  },
  {
    name: 'cut',
    path: '/cut',
    timeout: '2s',
    withinMs: 2000,
    code: /^SB_TOOL_(UNCERTAIN|UNREACHABLE)$/,
    told: /not known whether/,
  },
] as const

// Every case waits most of its time: all of them at once.
vi.setConfig({ maxConcurrency: 16, testTimeout: 60_000, hookTimeout: 30_000 })

describe.concurrent('tools', () => {
  let tools: ToolServer
  let stage: Stage
  beforeAll(async () => {
    tools = await startToolServer()
    stage = await openStage({
      ...Object.fromEntries(CASES.map(c => [c.name, agent(tools.url, c.path, c.timeout)])),
      slow: agent(tools.url, '/slow', '15s'),
    })
  })
  afterAll(async () => {
    await stage.close()
    await tools.close()
  })

  test.each(CASES)('$name: the model is told, the caller hears that it did not work, and the call goes on', async c => {
    const caller = await stage.dial(c.name)
    await caller.answered()
    await caller.hears('greeting', 5000)
    caller.say('no')
    await caller.hears('look', 9000)
    await caller.hearsBeginning('no-calendar', 9000)
    await caller.hangUp()
    const { entries, end, spans } = await stage.traces(caller)
    const tool = entries.find((e): e is Entry & { ms: number; output: string } => e.kind === 'tool')
    expect(tool).toMatchObject({ name: 'find_appointment', ok: false, code: expect.stringMatching(c.code) })
    expect(tool?.output).toMatch(c.told)
    expect(tool?.ms).toBeLessThan(c.withinMs)
    const span = spans.find(s => s.name === 'execute_tool find_appointment')
    expect(span?.error).toMatch(c.code)
    expect(end).toMatchObject({ code: 'hangup', by: 'caller' })
    // the default is a Write: sent once, whatever came of it
    expect(tools.requests.filter(r => r.path === c.path)).toHaveLength(1)
    // whoever runs the tool finds the call by its trace
    expect(tools.requests.find(r => r.path === c.path)?.headers['traceparent']).toContain(span?.traceId)
    const model = stage.provider(c.name).sessions[0]?.items.find(i => i.type === 'function_call_output')
    expect(model?.text).toMatch(c.told)
    expect(await stage.metrics()).toMatch(
      new RegExp(`switchboard_tool_calls_total\\{[^}]*agent="${c.name}"[^}]*result="${tool?.code}"[^}]*\\} 1\\b`),
    )
  })

  test('slow, and the caller speaks into it: answered at once, and the result is told when it comes', async () => {
    const caller = await stage.dial('slow')
    await caller.answered()
    await caller.hears('greeting', 5000)
    caller.say('no')
    await caller.hears('look', 9000)
    await sleep(500)
    caller.say('wait')
    await caller.hears('tell-me-more', 6000)
    await caller.hears('done', 9000)
    await caller.hangUp()
    const { entries, end } = await stage.traces(caller)
    expect(entries.filter(e => e.kind === 'tool')).toMatchObject([{ name: 'find_appointment', ok: true }])
    expect(tools.requests.filter(r => r.path === '/slow')).toHaveLength(1)
    expect(end).toMatchObject({ code: 'hangup' })
  })
})
