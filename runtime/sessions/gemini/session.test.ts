import { createServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Resume, Session, SessionConfig, SessionEvent, Turn } from '#runtime/call/ports.ts'
import type { SessionOptions } from '../factory.ts'
import { sessions } from '../registry.ts'
import { type GeminiServer, startGeminiServer } from './loopback-server.ts'
import { createGeminiSession } from './session.ts'

const KEY = 'AIza-test-0123456789'
const CONFIG: SessionConfig = {
  model: 'gemini-3.8-live',
  instructions: 'You are the receptionist.',
  tools: [],
  format: { encoding: 'pcmu', rateHz: 8000 },
  responses: 'provider',
  vendor: { voice: 'Kore' },
  metadata: {},
}
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 })

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function server(): Promise<GeminiServer> {
  const made = await startGeminiServer()
  cleanups.push(() => made.stop())
  return made
}

interface Run {
  readonly session: Session
  readonly events: SessionEvent[]
  readonly heard: { item: string; audio: Buffer }[]
  readonly logged: string[]
  of<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[]
}

function start(
  baseUrl: string,
  over: Partial<SessionConfig> = {},
  history: readonly Turn[] = [],
  resume?: Resume,
  options: Partial<SessionOptions> = {},
): Run {
  const logged: string[] = []
  const write = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    logged.push(`${JSON.stringify(fields)} ${message}`)
  }
  const session = createGeminiSession({ apiKey: KEY, baseUrl, log: { debug: write, warn: write }, ...options })
  const events: SessionEvent[] = []
  const heard: Run['heard'] = []
  session.onEvent(event => events.push(event))
  session.onAudio((_, item, audio) => heard.push({ item, audio: Buffer.from(audio) }))
  cleanups.push(() => session.close())
  session.open({ ...CONFIG, ...over }, history, resume)
  return { session, events, heard, logged, of: type => events.filter(e => e.type === type) as never }
}

async function ready(to: GeminiServer, over: Partial<SessionConfig> = {}): Promise<Run> {
  const run = start(to.url, over)
  await until(() => expect(run.of('ready')).toHaveLength(1))
  return run
}

const sound = (ms: number) => {
  const data = Buffer.alloc(ms * 48, 1).toString('base64')
  return { serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] } } }
}
const loud = Uint8Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? 0x20 : 0xa0))
const quiet = new Uint8Array(160).fill(0xff)

describe('a session that goes well', () => {
  test('connects with the key in a header alone, and is set up', async () => {
    const to = await server()
    const run = await ready(to)
    expect(to.upgrades[0]?.url).toBe('/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent')
    expect(to.upgrades[0]?.headers['x-goog-api-key']).toBe(KEY)
    expect(run.events).toEqual([{ type: 'ready' }])
    expect(Object.keys(to.received[0] ?? {})).toEqual(['setup'])
  })

  test('sound of the model comes as G.711, all of it, its tail before its end', async () => {
    const to = await server()
    const run = await ready(to)
    to.say(sound(100), sound(33), { serverContent: { generationComplete: true } })
    await until(() => expect(run.of('responseDone')).toHaveLength(1))
    const bytes = run.heard.reduce((sum, h) => sum + h.audio.length, 0)
    expect(bytes).toBe(133 * 8)
    const types = run.events.map(e => e.type)
    expect(types).toEqual(['ready', 'responseStarted', 'item', 'itemDone', 'responseDone'])
  })

  test('sound of the caller goes as 16 kHz, and what is heard is told', async () => {
    const to = await server()
    const run = await ready(to)
    for (let i = 0; i < 10; i++) run.session.append(quiet)
    for (let i = 0; i < 10; i++) run.session.append(loud)
    await until(() => expect(to.audioBytes()).toBe(20 * 640))
    expect(run.of('speech')).toHaveLength(1)
  })

  test('with turns of ours nothing goes before one, and then from before its first sound', async () => {
    const to = await server()
    const run = await ready(to, { responses: 'switchboard' })
    for (let i = 0; i < 30; i++) run.session.append(quiet)
    for (let i = 0; i < 10; i++) run.session.append(loud)
    await until(() => expect(run.of('speech')).toHaveLength(1))
    expect(to.audioBytes()).toBe(0)
    run.session.send({ do: 'turn', started: true })
    // 300 ms from before it was noticed, with its third frame, and the 7 since
    await until(() => expect(to.audioBytes()).toBe(22 * 640))
    run.session.send({ do: 'turn', started: false })
    await until(() => expect(to.kinds().at(-1)).toBe('activityEnd'))
    expect(to.kinds()[1]).toBe('activityStart')
  })

  test('no sound of the caller reaches it while words are made that nothing may interrupt', async () => {
    const to = await server()
    const run = await ready(to)
    run.session.send({ do: 'respond', say: 'This call is recorded.', interruptible: false })
    for (let i = 0; i < 20; i++) run.session.append(loud)
    await until(() => expect(to.audioBytes()).toBe(20 * 640))
    expect(to.loudest()).toBeLessThan(100)
    to.say(sound(40), { serverContent: { generationComplete: true } })
    await until(() => expect(run.of('responseDone')).toHaveLength(1))
    for (let i = 0; i < 20; i++) run.session.append(loud)
    await until(() => expect(to.loudest()).toBeGreaterThan(1000))
  })

  test('is registered under the provider’s name, and says what it cannot', () => {
    const { can } = sessions.Gemini.create({ apiKey: KEY })
    expect(can).toMatchObject({ cancel: false, truncate: false, resume: true, seed: true, turns: ['server', 'client'] })
  })
})

describe('the end', () => {
  test('what it was not told yet can be had of it when it is gone, and goes to the next, until that is told', async () => {
    const to = await server()
    const first = await ready(to)
    first.session.send({ do: 'tell', role: 'system', text: 'The tool answered.' })
    to.socket?.terminate()
    await until(() => expect(first.of('closed')).toHaveLength(1))
    const { untold } = first.session
    expect(untold).toEqual(['The tool answered.'])
    const run = start(to.url, {}, [], { handle: 'h', since: [], untold })
    await until(() => expect(run.of('ready')).toHaveLength(1))
    expect(run.session.untold).toEqual(untold)
    run.session.send({ do: 'respond' })
    await until(() => expect(JSON.stringify(to.received.at(-1))).toContain('The tool answered.'))
    expect(run.session.untold).toEqual([])
  })

  test('a handle that is refused: another conversation, with the old one as text', async () => {
    const to = await server()
    to.refuseHandles = true
    const run = start(to.url, {}, [{ role: 'caller', text: 'I am Ada.' }], { handle: 'old', since: [] })
    await until(() => expect(run.of('ready')).toHaveLength(1))
    expect(to.upgrades).toHaveLength(2)
    await until(() => expect(to.received.at(-1)).toMatchObject({ clientContent: { turnComplete: true } }))
    expect(run.events).toEqual([{ type: 'ready' }])
  })

  test.each([
    [1007, `API key not valid: ${KEY}.`, 'SB_SESSION_UNAUTHORIZED', false],
    [1008, 'models/x is not found for API version v1beta', 'SB_SESSION_NOT_FOUND', false],
    [1007, 'Request contains an invalid argument.', 'SB_SESSION_REFUSED', false],
    [1011, 'You exceeded your current quota', 'SB_SESSION_LIMITED', false],
    [1011, 'Internal error encountered.', 'SB_SESSION_UNAVAILABLE', true],
  ])('refused with %i %s: %s', async (code, reason, expected, retry) => {
    const to = await server()
    to.refusal = { code, reason }
    const run = start(to.url)
    await until(() => expect(run.of('closed')).toHaveLength(1))
    expect(run.of('closed')[0]).toMatchObject({ code: expected, retry })
    expect(JSON.stringify([run.events, run.logged])).not.toContain(KEY)
  })

  test.each([
    [1007, true],
    [1008, true],
    [1011, true],
    [1000, false],
  ])('closed with %i in the middle: another may help: %s', async (code, retry) => {
    const to = await server()
    const run = await ready(to)
    to.socket?.close(code, 'Operation is not implemented, or supported, or enabled')
    await until(() => expect(run.of('closed')).toHaveLength(1))
    expect(run.of('closed')[0]?.retry).toBe(retry)
  })

  test('an address or a format of no use ends it at once, not from inside open', async () => {
    for (const [url, over, code] of [
      ['https://host/?key=secret', {}, 'SB_SESSION_ADDRESS'],
      ['https://user:secret@host', {}, 'SB_SESSION_ADDRESS'],
      ['ws://127.0.0.1:9', { format: { encoding: 'pcm16', rateHz: 24_000 } }, 'SB_SESSION_FORMAT'],
    ] as const) {
      const run = start(url, over)
      expect(run.events).toEqual([])
      await until(() => expect(run.events).toHaveLength(1))
      expect(run.of('closed')[0]).toMatchObject({ code, retry: false })
      expect(JSON.stringify([run.events, run.logged])).not.toContain('secret')
    }
  })

  test('close while connecting is told once and leaves nothing', async () => {
    const silent = createServer()
    await new Promise<void>(done => silent.listen(0, '127.0.0.1', done))
    cleanups.push(() => void silent.close())
    const run = start(`ws://127.0.0.1:${(silent.address() as { port: number }).port}`)
    run.session.close()
    run.session.close()
    await until(() => expect(run.events).toEqual([{ type: 'closed', code: 'closed', retry: false }]))
  })
})
