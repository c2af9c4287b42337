import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Session, SessionConfig, SessionEvent, Turn } from '#runtime/call/ports.ts'
import type { SessionClock, SessionOptions } from '../factory.ts'
import { sessions } from '../registry.ts'
import { SendQueue } from '../send-queue.ts'
import { LoopbackProvider } from './loopback-provider.ts'
import { createOpenAISession } from './session.ts'

const KEY = 'sk-test-0123456789'
const CONFIG: SessionConfig = {
  model: 'gpt-realtime-2.1',
  instructions: 'You are the receptionist.',
  tools: [],
  format: { encoding: 'pcmu', rateHz: 8000 },
  responses: 'provider',
  vendor: { voice: 'marin' },
  metadata: {},
}

interface Heard {
  response: string
  item: string
  audio: Buffer
}
interface Run {
  session: Session
  events: SessionEvent[]
  heard: Heard[]
  logged: string[]
  of<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[]
}

/** Patient, for a busy machine. */
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 })

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function provider(options?: { autoPong?: boolean }): Promise<LoopbackProvider> {
  const server = await LoopbackProvider.start(options)
  cleanups.push(() => server.stop())
  return server.accept()
}

function start(
  baseUrl: string,
  over: Partial<SessionOptions> = {},
  config = CONFIG,
  history: readonly Turn[] = [],
): Run {
  const logged: string[] = []
  const write = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    logged.push(`${JSON.stringify(fields)} ${message}`)
  }
  const session = createOpenAISession({ apiKey: KEY, baseUrl, log: { debug: write, warn: write }, ...over })
  const events: SessionEvent[] = []
  const heard: Heard[] = []
  session.onEvent(event => events.push(event))
  session.onAudio((response, item, audio) => heard.push({ response, item, audio: Buffer.from(audio) }))
  session.open(config, history)
  cleanups.push(() => session.close())
  const of = (type: string) => events.filter(e => e.type === type) as never
  return { session, events, heard, logged, of }
}

async function ready(baseUrl: string, over: Partial<SessionOptions> = {}, config = CONFIG): Promise<Run> {
  const run = start(baseUrl, over, config)
  await until(() => expect(run.of('ready')).toHaveLength(1))
  return run
}

/** Timers that fire when told to. */
function handClock() {
  const timers: { ms: number; run: () => void; on: boolean }[] = []
  const clock: SessionClock = {
    after(ms, run) {
      const timer = { ms, run, on: true }
      timers.push(timer)
      return () => {
        timer.on = false
      }
    },
  }
  const live = (): number[] => timers.filter(t => t.on).map(t => t.ms)
  const fire = (ms: number): void => {
    const timer = timers.find(t => t.on && t.ms === ms)
    if (timer === undefined) throw new Error(`no timer of ${ms} ms; there are ${live().join(', ')}`)
    timer.on = false
    timer.run()
  }
  return { clock, live, fire }
}

describe('a session that goes well', () => {
  test('connects with the credential and the model, configures, and is ready once', async () => {
    const server = await provider()
    const run = await ready(server.url, { organization: 'org-1' })
    expect(server.upgrades).toHaveLength(1)
    expect(server.upgrades[0]?.url).toBe('/v1/realtime?model=gpt-realtime-2.1')
    expect(server.upgrades[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'openai-organization': 'org-1',
    })
    expect(server.upgrades[0]?.headers['openai-beta']).toBeUndefined()
    expect(server.received.map(m => m.type)).toEqual(['session.update'])
    expect(run.events).toEqual([{ type: 'ready' }])
  })

  test('keeps caller audio for the flush of the queue, and what is no audio behind it', async () => {
    const server = await provider()
    const sends = new SendQueue()
    const run = start(server.url, { sends })
    await until(() => expect(run.of('ready')).toHaveLength(1))
    run.session.append(Buffer.alloc(320))
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(server.sent('input_audio_buffer.append')).toHaveLength(0)
    sends.flush()
    run.session.append(Buffer.alloc(320))
    run.session.send({ do: 'respond' })
    run.session.append(Buffer.alloc(320))
    sends.flush()
    const [append, create] = ['input_audio_buffer.append', 'response.create']
    await until(() => expect(server.received.map(m => m.type).slice(1)).toEqual([append, append, create, append]))
  })

  test('sends caller audio in messages of 40 ms, untouched', async () => {
    const server = await provider()
    const { session } = await ready(server.url)
    const audio = Buffer.from(Array.from({ length: 800 }, (_, i) => i % 256))
    for (let at = 0; at < 800; at += 160) session.append(audio.subarray(at, at + 160))
    await until(() => expect(server.sent('input_audio_buffer.append')).toHaveLength(2))
    const parts = server.sent('input_audio_buffer.append').map(m => Buffer.from(m['audio'] as string, 'base64'))
    expect(parts.map(p => p.length)).toEqual([320, 320])
    expect(Buffer.concat(parts)).toEqual(audio.subarray(0, 640))
  })

  test('sends no audio before it is ready: the server would take it for another format', async () => {
    const server = await LoopbackProvider.start()
    cleanups.push(() => server.stop())
    const { session } = start(server.url)
    await until(() => expect(server.sent('session.update')).toHaveLength(1))
    for (let i = 0; i < 10; i++) session.append(Buffer.alloc(160))
    session.send({ do: 'tell', role: 'caller', text: 'x' })
    await new Promise(done => setTimeout(done, 30))
    expect(server.received).toHaveLength(1)
  })

  test('gives audio to the listener in order, after the item', async () => {
    const server = await provider()
    const run = await ready(server.url)
    server.say({ type: 'response.created', event_id: 'e', response: { id: 'resp_1', status: 'in_progress' } })
    for (const text of ['one', 'two']) {
      server.say({
        type: 'response.output_audio.delta',
        event_id: 'e',
        response_id: 'resp_1',
        item_id: 'item_1',
        output_index: 0,
        content_index: 0,
        delta: Buffer.from(text).toString('base64'),
      })
    }
    await until(() => expect(run.heard).toHaveLength(2))
    expect(run.heard.map(h => `${h.response} ${h.item} ${h.audio.toString()}`)).toEqual([
      'resp_1 item_1 one',
      'resp_1 item_1 two',
    ])
    expect(run.events.slice(1)).toEqual([
      { type: 'responseStarted', response: 'resp_1' },
      { type: 'item', response: 'resp_1', item: 'item_1' },
    ])
  })

  test('hears audio in a shape the fast path does not know', async () => {
    const server = await provider()
    const run = await ready(server.url)
    const delta = Buffer.from([255, 0, 254]).toString('base64').replaceAll('/', '\\/')
    server.say(
      `{"extra":{"a":[1]},"delta":"${delta}","item_id":"i\\u0041","response_id":"r","type":"response.output_audio.delta"}`,
    )
    await until(() => expect(run.heard).toHaveLength(1))
    expect(run.heard[0]).toMatchObject({ response: 'r', item: 'iA', audio: Buffer.from([255, 0, 254]) })
  })

  test('carries a conversation into a new session, in order, before it is ready', async () => {
    const server = await provider()
    const run = start(server.url, {}, CONFIG, [
      { role: 'caller', text: 'Hello' },
      { role: 'agent', text: 'Hi!' },
      { role: 'system', text: 'keys: 12' },
      { role: 'caller', text: ' ' },
    ])
    await until(() => expect(run.of('ready')).toHaveLength(1))
    await until(() => expect(server.received).toHaveLength(4))
    expect(server.sent('conversation.item.create').map(m => m['item'])).toEqual([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi!' }] },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'keys: 12' }] },
    ])
  })

  test('is registered under the provider’s name', () => {
    expect(sessions.OpenAI.create({ apiKey: KEY }).can.maxMs).toBe(3_600_000)
  })
})

describe('the end', () => {
  test('close is idempotent, told once, and not from inside the call', async () => {
    const server = await provider()
    const run = await ready(server.url)
    const gone = once(server.socket!, 'close')
    run.session.close()
    run.session.close()
    expect(run.of('closed')).toEqual([])
    expect((await gone)[0]).toBe(1000)
    expect(run.of('closed')).toEqual([{ type: 'closed', code: 'closed', retry: false }])
    run.session.append(Buffer.alloc(320))
    run.session.send({ do: 'respond' })
    run.session.open(CONFIG, [])
    expect(run.events).toHaveLength(2)
  })

  test('close while connecting is told once and leaves nothing', async () => {
    const server = await provider()
    const run = start(server.url)
    run.session.close()
    await until(() => expect(run.of('closed')).toHaveLength(1))
    await new Promise(done => setTimeout(done, 30))
    expect(run.events).toHaveLength(1)
  })

  test.each([
    [1000, false],
    [1001, true],
    [1008, false],
    [1011, true],
    [1012, true],
    [4000, false],
  ])('a socket closed with %i: retry %s', async (code, retry) => {
    const server = await provider()
    const run = await ready(server.url)
    server.socket?.close(code, 'bye')
    await until(() => expect(run.of('closed')).toHaveLength(1))
    expect(run.of('closed')[0]).toMatchObject({ code: 'SB_SESSION_DROPPED', retry })
    expect(run.of('closed')[0]?.message).toContain(String(code))
  })

  test('a socket that vanishes may be retried', async () => {
    const server = await provider()
    const run = await ready(server.url)
    server.socket?.terminate()
    await until(() => expect(run.of('closed')).toHaveLength(1))
    expect(run.of('closed')[0]).toMatchObject({ code: 'SB_SESSION_DROPPED', retry: true })
  })

  test.each([
    [401, 'invalid_api_key', 'SB_SESSION_UNAUTHORIZED', false],
    [403, '', 'SB_SESSION_UNAUTHORIZED', false],
    [404, 'model_not_found', 'SB_SESSION_NOT_FOUND', false],
    [429, 'rate_limit_exceeded', 'SB_SESSION_LIMITED', true],
    [429, 'insufficient_quota', 'SB_SESSION_LIMITED', false],
    [302, '', 'SB_SESSION_REFUSED', false],
    [503, '', 'SB_SESSION_UNAVAILABLE', true],
  ])('an upgrade answered %i %s is %s, retry %s', async (status, vendorCode, code, retry) => {
    const server = createServer()
    server.on('upgrade', (_request, socket) => {
      const body = JSON.stringify({ error: { code: vendorCode, message: `Incorrect API key provided: ${KEY}.` } })
      socket.end(
        `HTTP/1.1 ${status} No\r\nLocation: /elsewhere\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      )
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    cleanups.push(() => new Promise<void>(done => server.close(() => done())))
    const run = start(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await until(() => expect(run.of('closed')).toHaveLength(1))
    expect(run.events).toHaveLength(1)
    expect(run.of('closed')[0]).toMatchObject({ code, retry })
    expect(run.of('closed')[0]?.message).toContain(String(status))
    expect(JSON.stringify(run.events) + run.logged.join('\n')).not.toContain(KEY)
  })

  test('nobody there: may be retried', async () => {
    const server = createTcpServer()
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    await new Promise<void>(done => server.close(() => done()))
    const run = start(`ws://127.0.0.1:${port}`)
    await until(() => expect(run.of('closed')).toHaveLength(1))
    expect(run.of('closed')[0]).toMatchObject({ code: 'SB_SESSION_CONNECT', retry: true })
  })

  test('an address or a format of no use ends it at once, not from inside open', async () => {
    const odd: SessionConfig = { ...CONFIG, format: { encoding: 'pcm16', rateHz: 8000 } }
    for (const [url, config, code] of [
      ['ftp://127.0.0.1', CONFIG, 'SB_SESSION_ADDRESS'],
      ['https://user:secret@127.0.0.1', CONFIG, 'SB_SESSION_ADDRESS'],
      ['ws://127.0.0.1:9', odd, 'SB_SESSION_FORMAT'],
    ] as const) {
      const run = start(url, {}, config)
      expect(run.events).toEqual([])
      await until(() => expect(run.events).toHaveLength(1))
      expect(run.of('closed')[0]).toMatchObject({ code, retry: false })
      expect(JSON.stringify(run.events)).not.toContain('secret')
    }
  })
})

describe('time', () => {
  test.each(['sk-two\nlines-0123456789', 'sk-“quoted”-0123456789'])(
    'a credential that is no header ends it, and is not told: %j',
    async apiKey => {
      const run = start('ws://127.0.0.1:9', { apiKey })
      expect(run.events).toEqual([])
      await until(() => expect(run.of('closed')).toHaveLength(1))
      expect(run.of('closed')[0]).toMatchObject({ code: 'SB_SESSION_UNAUTHORIZED', retry: false })
      expect(JSON.stringify([run.events, run.logged])).not.toContain('0123456789')
    },
  )

  test('a provider that accepts and says nothing is given up', async () => {
    const open: Socket[] = []
    const server = createTcpServer(socket => open.push(socket))
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    cleanups.push(() => {
      for (const socket of open) socket.destroy()
      server.close()
    })
    const { clock, fire, live } = handClock()
    const run = start(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { clock, readyWithinMs: 7000 })
    await until(() => expect(open).toHaveLength(1))
    fire(7000)
    expect(run.of('closed')[0]).toMatchObject({ code: 'SB_SESSION_TIMEOUT', retry: true })
    expect(live()).toEqual([])
  })

  test('expiry is told ahead of the limit, counted from the session’s beginning', async () => {
    const server = await provider()
    const { clock, fire } = handClock()
    const run = await ready(server.url, { clock, maxMs: 60_000, expiryMarginMs: 20_000 })
    fire(40_000)
    expect(run.of('expiring')).toEqual([{ type: 'expiring', inMs: 20_000 }])
  })

  test('a silent provider is pinged; an interval without an answer is a drop', async () => {
    const server = await provider({ autoPong: false })
    const { clock, fire, live } = handClock()
    const run = await ready(server.url, { clock, pingMs: 3000 })
    const pinged = once(server.socket!, 'ping')
    fire(3000)
    await pinged
    server.say({ type: 'rate_limits.updated', event_id: 'e', rate_limits: [] })
    await until(() => expect(run.of('limits')).toHaveLength(1))
    fire(3000) // the message was a sign of life
    expect(run.of('closed')).toEqual([])
    fire(3000)
    expect(run.of('closed')[0]).toMatchObject({ code: 'SB_SESSION_SILENT', retry: true })
    expect(live()).toEqual([])
  })

  test('nothing is left ticking after close', async () => {
    const server = await provider()
    const { clock, live } = handClock()
    const run = await ready(server.url, { clock })
    expect(live()).toEqual([5000, 3_300_000])
    const gone = once(server.socket!, 'close')
    run.session.close()
    await gone
    await until(() => expect(live()).toEqual([]))
  })
})

describe('a provider that does not read', () => {
  test('audio is dropped and reported, commands are not; then the session goes on', async () => {
    const server = await provider()
    // A relay that stops passing bytes on: the kernel's buffers fill, then the socket's.
    const legs: Socket[] = []
    const relay = createTcpServer(client => {
      const up = connect(Number(new URL(server.url).port), '127.0.0.1')
      client.pipe(up)
      up.pipe(client)
      legs.push(client, up)
    })
    await new Promise<void>(done => relay.listen(0, '127.0.0.1', done))
    cleanups.push(() => {
      for (const leg of legs) leg.destroy()
      relay.close()
    })
    const config: SessionConfig = { ...CONFIG, format: { encoding: 'pcm16', rateHz: 24_000 } }
    const run = await ready(`ws://127.0.0.1:${(relay.address() as AddressInfo).port}`, {}, config)
    legs[0]?.unpipe()
    legs[0]?.pause()
    const frame = Buffer.alloc(960 * 50)
    for (let i = 0; i < 2000 && run.of('error').length === 0; i++) {
      run.session.append(frame)
      if (i % 20 === 0) await new Promise(done => setImmediate(done))
    }
    expect(run.of('error')[0]?.code).toBe('SB_SESSION_BEHIND')
    run.session.send({ do: 'tell', role: 'caller', text: 'still here' })
    legs[0]?.pipe(legs[1]!)
    await until(() => expect(server.sent('conversation.item.create')).toHaveLength(1))
    expect(run.of('error')).toHaveLength(1)
    expect(run.of('closed')).toEqual([])
  })
})
