/**
 * Drives our OpenAI session through a busy conversation, for a judge in another process: `node test/sessions/main.ts BASE_URL`.
 * Prints what did not happen, one line each; nothing means that all of it did.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { SessionCommand, SessionConfig, SessionEvent } from '#runtime/call/ports.ts'
import { createOpenAISession } from '#runtime/sessions/openai/session.ts'
import { clip } from '#simulators/speech/library.ts'

const CONFIG: SessionConfig = {
  model: 'gpt-realtime-2.1',
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
  vendor: { voice: 'marin', transcription: { model: 'gpt-4o-mini-transcribe' } },
  metadata: { call: 'conformance' },
}
const FRAME = 160
const WAIT_MS = 10_000
const LINGER_MS = 300

const session = createOpenAISession({ apiKey: 'sk-simulated', baseUrl: process.argv[2] ?? '' })
const events: SessionEvent[] = []
let item = ''
session.onEvent(event => events.push(event))

function of<T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[] {
  return events.filter(e => e.type === type) as Extract<SessionEvent, { type: T }>[]
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS
  while (!condition() && performance.now() < end) await pause(5)
  if (!condition()) console.log(`never: ${what}`)
}

const send = (command: SessionCommand): void => session.send(command)

session.open(CONFIG, [
  { role: 'caller', text: 'Hello?' },
  { role: 'agent', text: 'Acme Dental.' },
])
await until('ready', () => of('ready').length > 0)
send({ do: 'respond', say: 'Acme Dental, how can I help?' })
await until('the greeting is done', () => of('responseDone').length > 0)

const line = Buffer.concat([clip('caller', 'ask')?.ulaw ?? Buffer.alloc(0), Buffer.alloc(12_000, 0xff)])
for (let at = 0; at < line.length; at += FRAME) {
  session.append(line.subarray(at, at + FRAME))
  if (at % (FRAME * 5) === 0) await pause(10)
}
await until('a tool call', () => of('toolCall').length > 0)
await until('the end of its response', () => of('responseDone').length > 1)
for (const { call } of of('toolCall')) send({ do: 'toolResult', call, output: '{"slots":["10:00"]}' })
session.onAudio((_, id) => (item = id))
send({ do: 'respond' })
await until('audio of the answer', () => item !== '')
send({ do: 'cancel', response: of('responseStarted').at(-1)?.response ?? '' })
send({ do: 'truncate', item, heardMs: 100 })
send({ do: 'tell', role: 'caller', text: 'Keys pressed: 1 2 3 4' })
send({ do: 'autoRespond', on: false })
send({ do: 'clearInput' })
await until('the cancelled response', () => of('responseDone').some(e => e.status === 'cancelled'))
await pause(LINGER_MS)
for (const { code, message } of of('error')) console.log(`error: ${code} ${message}`)
session.close()
