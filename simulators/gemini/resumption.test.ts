import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type GeminiSimulator, startGeminiSimulator } from './start.ts'

const PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent'
const SCRIPT = {
  turns: ['first', 'second', 'third'].map(say => ({ on: 'text' as const, say, ms: 40 })),
}

interface Message {
  readonly serverContent?: { turnComplete?: boolean; outputTranscription?: { text: string } }
  readonly sessionResumptionUpdate?: { newHandle?: string }
}

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function simulate(): Promise<GeminiSimulator> {
  const simulator = await startGeminiSimulator({ script: SCRIPT, speech: 'watermark', pace: { latencyMs: 0 } })
  cleanups.push(() => simulator.close())
  return simulator
}

/** A connection that is set up; `says` asks by text, and gives what was answered and the handle that came behind it. */
async function connect({ port }: GeminiSimulator, handle?: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}`, { headers: { 'x-goog-api-key': 'any' } })
  cleanups.push(() => socket.terminate())
  const got: Message[] = []
  socket.on('message', data => got.push(JSON.parse((data as Buffer).toString()) as Message))
  await new Promise((open, failed) => socket.once('open', open).once('error', failed))
  const handles = (): string[] => got.flatMap(m => m.sessionResumptionUpdate?.newHandle ?? [])
  const sessionResumption = handle === undefined ? {} : { handle }
  socket.send(JSON.stringify({ setup: { model: 'models/m', sessionResumption, outputAudioTranscription: {} } }))
  await vi.waitFor(() => expect(handles()).toHaveLength(1), { timeout: 10_000, interval: 5 })
  return async (text: string) => {
    const from = got.length
    const known = handles().length
    socket.send(JSON.stringify({ realtimeInput: { text } }))
    await vi.waitFor(() => expect(handles()).toHaveLength(known + 1), { timeout: 10_000, interval: 5 })
    const said = got.slice(from).flatMap(m => m.serverContent?.outputTranscription?.text ?? [])
    return { said: said.join('').trim(), handle: handles().at(-1) ?? '' }
  }
}

test('a handle brings back what was when it was told, and nothing of what came after', async () => {
  const simulator = await simulate()
  const first = await connect(simulator)
  const { handle } = await first('one')
  expect((await first('two')).said).toBe('second')
  const again = await connect(simulator, handle)
  expect(simulator.sessions.at(-1)?.items.map(i => i.text.trim())).toEqual(['one', 'first'])
  expect((await again('two, I said')).said).toBe('second')
  expect((await first('three')).said).toBe('third')
})

test('a model that is told in words what was said knows it, as one that heard it', async () => {
  const simulator = await simulate()
  const first = await connect(simulator)
  const { handle } = await first('one')
  await first('two')
  const again = await connect(simulator, handle)
  expect((await again('second\nthree')).said).toBe('third')
})

test('as many connections as like go on by one handle, each for itself', async () => {
  const simulator = await simulate()
  const { handle } = await (await connect(simulator))('one')
  const both = await Promise.all([connect(simulator, handle), connect(simulator, handle)])
  for (const says of both) expect((await says('two')).said).toBe('second')
  expect((await both[0]('three')).said).toBe('third')
})
