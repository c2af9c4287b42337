/** Everything our own session sends in a busy conversation, checked by the compiler against the vendor's types. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { startRealtimeSimulator } from '#simulators/realtime/start.ts'
import type { Report } from '#test/harness/report.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const DRIVER_MS = 60_000
/** The client events that a phone call has use for. */
const SHOULD_SEND = [
  'session.update',
  'input_audio_buffer.append',
  'input_audio_buffer.clear',
  'conversation.item.create',
  'conversation.item.truncate',
  'response.create',
  'response.cancel',
]
const SCRIPT = {
  turns: [
    {
      on: 'caller' as const,
      heard: 'Hello, I would like an appointment on Tuesday, please.',
      call: 'find_appointment',
      arguments: { day: 'Tuesday' },
    },
    { on: 'tool' as const, say: 'I have Tuesday at ten or at three.', ms: 15_000 },
  ],
}

export async function ownEvents(report: Report): Promise<void> {
  const name = (what: string): string => `our session: ${what}`
  const simulator = await startRealtimeSimulator({ script: SCRIPT })
  try {
    const driver = join(ROOT, 'test/sessions/main.ts')
    const run = promisify(execFile)(process.execPath, [driver, simulator.baseURL], { timeout: DRIVER_MS })
    const { stdout } = await run
    report.check(name('went through the whole conversation'), stdout === '', stdout.trim())
    const sent = simulator.log.filter(e => e.dir === 'in').map(e => e.event ?? {})
    const missing = SHOULD_SEND.filter(type => !sent.some(e => e['type'] === type))
    report.check(name('sent every kind of event it should'), missing.length === 0, missing.join())
    const refused = simulator.log.filter(e => e.dir === 'out' && e.type === 'error').map(e => JSON.stringify(e.event))
    report.check(name('was refused nothing'), refused.length === 0, refused.join().slice(0, 300))
    const findings = typeCheck(sent)
    report.check(name(`${sent.length} events type-check as RealtimeClientEvent`), findings === '', findings)
    // The judge must be able to say no.
    const wrong = typeCheck([{ type: 'response.create', response: { modalities: ['audio'] } }])
    const said = wrong === '' ? 'accepted' : 'refused'
    report.check(name('an event of the old API does not'), wrong.includes('modalities'), said)
  } finally {
    await simulator.close()
  }
}

/** What TypeScript says of events as values of the vendor's type; empty: nothing. */
function typeCheck(events: readonly unknown[]): string {
  // Inside the tree, so that the package is found as for any source of ours.
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, 'out', 'own-events-'))
  const config = { extends: join(ROOT, 'tsconfig.json'), include: ['events.ts'], exclude: [] }
  const source = `import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime'
function check(_: RealtimeClientEvent): void {}
${events.map(e => `check(${JSON.stringify(e)})\n`).join('')}`
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'events.ts'), source)
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout).slice(0, 600) : String(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
