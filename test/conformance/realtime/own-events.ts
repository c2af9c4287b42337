/** Everything our own session sends in a busy conversation, checked by the compiler against the vendor's types. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { SessionCommand, SessionConfig, SessionEvent } from '#runtime/call/ports.ts'
import { createOpenAISession } from '#runtime/sessions/openai/session.ts'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import type { Report } from '#test/harness/report.ts'
import { speak } from './caller-audio.ts'
import { until } from './wait.ts'

/** The eleven client events less the one that is for WebRTC and SIP alone. */
const SHOULD_SEND = [
  'session.update',
  'input_audio_buffer.append',
  'conversation.item.create',
  'conversation.item.truncate',
  'response.create',
  'response.cancel',
]

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

const SCRIPT = {
  turns: [
    {
      on: 'caller' as const,
      heard: 'Hello, I would like an appointment on Tuesday.',
      call: 'find_appointment',
      arguments: { day: 'Tuesday' },
    },
    { on: 'tool' as const, say: 'I have Tuesday at ten or at three.', ms: 15_000 },
    { on: 'caller' as const, heard: 'Stop.', say: 'Goodbye.' },
  ],
}

export async function ownEvents(report: Report): Promise<void> {
  const simulator = await startRealtimeSimulator({ script: SCRIPT })
  const session = createOpenAISession({ apiKey: 'sk-simulated', baseUrl: simulator.baseURL })
  const events: SessionEvent[] = []
  session.onEvent(event => events.push(event))
  const of = <T extends SessionEvent['type']>(type: T): Extract<SessionEvent, { type: T }>[] =>
    events.filter(e => e.type === type) as Extract<SessionEvent, { type: T }>[]
  const send = (command: SessionCommand): void => session.send(command)
  try {
    session.open(CONFIG, [
      { role: 'caller', text: 'Hello?' },
      { role: 'agent', text: 'Acme Dental.' },
    ])
    const name = (what: string): string => `our session: ${what}`
    report.check(name('becomes ready'), await until(() => of('ready').length > 0))
    send({ do: 'respond', say: 'Acme Dental, how can I help?' })
    await until(() => of('responseDone').length > 0)
    await speak('ask', 'pcmu', piece => session.append(piece))
    report.check(name('hears of the tool call'), await until(() => of('toolCall').length > 0))
    for (const { call } of of('toolCall')) send({ do: 'toolResult', call, output: '{"slots":["10:00"]}' })
    send({ do: 'respond' })
    let item = ''
    session.onAudio((_, id) => (item = id))
    await until(() => item !== '')
    const response = of('responseStarted').at(-1)?.response ?? ''
    send({ do: 'cancel', response })
    send({ do: 'truncate', item, heardMs: 100 })
    send({ do: 'tell', role: 'caller', text: 'Keys pressed: 1 2 3 4' })
    send({ do: 'autoRespond', on: false })
    send({ do: 'clearInput' })
    await until(() => simulator.log.some(e => e.type === 'conversation.item.truncated'))
    await until(() => simulator.log.filter(e => e.type === 'session.updated').length > 1)

    const sent = simulator.log.filter(e => e.dir === 'in').map(e => e.event ?? {})
    const missing = SHOULD_SEND.filter(type => !sent.some(e => e['type'] === type))
    report.check(name('sent every kind of event it should'), missing.length === 0, missing.join())
    const refused = simulator.log.filter(e => e.dir === 'out' && e.type === 'error').map(e => JSON.stringify(e.event))
    report.check(name('was refused nothing'), refused.length === 0, refused.join().slice(0, 300))
    const findings = typeCheck(sent)
    report.check(name(`${sent.length} events type-check as RealtimeClientEvent`), findings === '', findings)
    // The judge must be able to say no.
    const wrong = typeCheck([{ type: 'response.create', response: { modalities: ['audio'] } }])
    report.check(
      name('an event of the old API does not'),
      wrong.includes('modalities'),
      wrong === '' ? 'accepted' : 'refused',
    )
  } finally {
    session.close()
    await simulator.close()
  }
}

/** What TypeScript says of events as values of the vendor's type; empty: nothing. */
function typeCheck(events: readonly unknown[]): string {
  const root = resolve(import.meta.dirname, '../../..')
  // Inside the tree, so that the package is found as for any source of ours.
  mkdirSync(join(root, 'out'), { recursive: true })
  const folder = mkdtempSync(join(root, 'out', 'own-events-'))
  const file = join(folder, 'events.ts')
  const lines = events.map(e => `check(${JSON.stringify(e)})`)
  writeFileSync(
    file,
    `import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime'
function check(_: RealtimeClientEvent): void {}
${lines.join('\n')}
`,
  )
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['events.ts'], exclude: [] }),
  )
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', dirname(file)], { encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout).slice(0, 600) : String(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
