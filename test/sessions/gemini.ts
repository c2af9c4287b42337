/**
 * Drives our Gemini session through two busy conversations, for a judge in another process: `node test/sessions/gemini.ts BASE_URL`.
 * Prints what did not happen, one line each; nothing means that all of it did.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { SessionConfig, SessionEvent, Turn } from '#runtime/call/ports.ts'
import { createGeminiSession } from '#runtime/sessions/gemini/session.ts'
import { clip } from '#simulators/speech/library.ts'

const CONFIG: SessionConfig = {
  model: 'gemini-3.8-live',
  instructions: 'You are a receptionist.',
  tools: [
    {
      name: 'find_appointment',
      description: 'Finds free appointments on a day.',
      parameters: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
    },
  ],
  format: { encoding: 'pcmu', rateHz: 8000 },
  responses: 'provider',
  vendor: {
    voice: 'Kore',
    languageCode: 'en-US',
    temperature: 0.8,
    maxOutputTokens: 4096,
    activityDetection: { startOfSpeechSensitivity: 'START_SENSITIVITY_HIGH', silenceDurationMs: 500 },
    contextWindowCompression: { triggerTokens: 60_000, targetTokens: 20_000 },
  },
  metadata: { call: 'conformance' },
}
const FRAME = 160
const WAIT_MS = 15_000

async function talk(config: SessionConfig, history: readonly Turn[], resume?: string): Promise<string | undefined> {
  const session = createGeminiSession({ apiKey: 'simulated-key', baseUrl: process.argv[2] ?? '' })
  const events: SessionEvent[] = []
  let sound = 0
  let handle: string | undefined
  session.onEvent(event => {
    events.push(event)
    if (event.type === 'resumable') handle = event.handle
  })
  session.onAudio((_, __, audio) => (sound += audio.length))
  const of = <T extends SessionEvent['type']>(type: T) =>
    events.filter(e => e.type === type) as Extract<SessionEvent, { type: T }>[]
  const until = async (what: string, condition: () => boolean): Promise<void> => {
    const end = performance.now() + WAIT_MS
    while (!condition() && performance.now() < end) await pause(5)
    if (!condition()) console.log(`never: ${what} (${config.responses})`)
  }
  const say = async (name: string): Promise<void> => {
    const line = Buffer.concat([clip('caller', name)?.ulaw ?? Buffer.alloc(0), Buffer.alloc(8000, 0xff)])
    const heard = of('speech').length
    for (let at = 0; at < line.length; at += FRAME) {
      session.append(line.subarray(at, at + FRAME))
      if (at % (FRAME * 5) === 0) await pause(10)
      const speech = of('speech').at(-1)
      if (config.responses === 'switchboard' && of('speech').length > heard && speech?.started === true)
        session.send({ do: 'turn', started: true })
    }
    if (config.responses === 'switchboard') session.send({ do: 'turn', started: false })
  }
  session.open(config, history, resume === undefined ? undefined : { handle: resume, since: [] })
  await until('ready', () => of('ready').length > 0)
  session.send({ do: 'respond', say: 'Acme Dental, how can I help?' })
  await until('the greeting is heard', () => of('responseDone').length > 0 && sound > 8000)
  await say('ask')
  if (config.responses === 'switchboard') session.send({ do: 'respond' })
  await until('a tool call', () => of('toolCall').length > 0)
  for (const { call } of of('toolCall')) session.send({ do: 'toolResult', call, output: '{"slots":["15:00"]}' })
  session.send({ do: 'respond' })
  const before = sound
  await until('the answer is heard', () => sound > before + 8000)
  const item = of('item').at(-1)?.item ?? ''
  session.send({ do: 'cancel', response: of('responseStarted').at(-1)?.response ?? '' })
  session.send({ do: 'truncate', item, heardMs: 500 })
  session.send({ do: 'tell', role: 'system', text: 'The calendar is slow today.' })
  session.send({ do: 'tell', role: 'caller', text: 'The caller pressed: 1234' })
  session.send({ do: 'respond' })
  const done = of('responseDone').length
  await until('the answer to the keys', () => of('responseDone').length > done)
  await until('usage', () => of('usage').length > 0)
  await until('a handle', () => handle !== undefined)
  for (const { code, message } of of('error')) console.log(`error: ${code} ${message}`)
  session.close()
  return handle
}

const HISTORY: readonly Turn[] = [
  { role: 'caller', text: 'Hello?' },
  { role: 'agent', text: 'Acme Dental.' },
]
const handle = await talk(CONFIG, HISTORY)
await talk({ ...CONFIG, responses: 'switchboard' }, [], `${handle}-that-nobody-knows`)
