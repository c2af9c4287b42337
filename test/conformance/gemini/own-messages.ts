/** Everything our own session sends in a busy conversation, checked by the compiler against the vendor's types. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { startGeminiSimulator } from '#simulators/gemini/start.ts'
import type { Report } from '#test/harness/report.ts'
import { SCRIPT } from './script.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const DRIVER_MS = 90_000
const SHOULD_SEND = ['setup', 'clientContent', 'realtimeInput', 'realtimeInput.audio', 'toolResponse']

export async function ownMessages(report: Report): Promise<void> {
  const name = (what: string): string => `our session: ${what}`
  const simulator = await startGeminiSimulator({ script: SCRIPT })
  try {
    const driver = join(ROOT, 'test/sessions/gemini.ts')
    const run = promisify(execFile)(process.execPath, [driver, simulator.baseURL], { timeout: DRIVER_MS })
    const { stdout } = await run
    report.check(name('went through the whole conversation'), stdout === '', stdout.trim())
    const sent = simulator.log.filter(e => e.dir === 'in')
    const missing = SHOULD_SEND.filter(type => !sent.some(e => e.type === type))
    report.check(name('sent every kind of message it should'), missing.length === 0, missing.join())
    const inputs = JSON.stringify(sent.map(e => e.event))
    const marks = ['activityStart', 'activityEnd', 'text'].filter(word => !inputs.includes(`"${word}"`))
    report.check(name('told turns and text'), marks.length === 0, marks.join())
    const refused = sent.filter(e => e.type === 'refused').map(e => JSON.stringify(e.event))
    report.check(name('was refused nothing'), refused.length === 0, refused.join().slice(0, 300))
    const keys = [...new Set(simulator.sessions.map(s => s.credential))].join()
    report.check(name('gave its key by header alone'), keys === 'header', keys)
    const messages = sent.flatMap(e => (e.type === 'realtimeInput.audio' || e.type === 'refused' ? [] : [e.event]))
    const audio = { realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: 'AAAA' } } }
    const findings = typeCheck([...messages, audio])
    report.check(name(`${messages.length + 1} messages type-check as LiveClientMessage`), findings === '', findings)
    // The judge must be able to say no.
    const wrong = typeCheck([
      { realtimeInput: { activityStarts: {} } },
      { setup: { realtimeInputConfig: { activityHandling: 'NEVER' } } },
    ])
    const said = wrong.includes('activityStarts') && wrong.includes('NEVER')
    report.check(name('messages of no such shape do not'), said, said ? 'refused' : wrong)
  } finally {
    await simulator.close()
  }
}

/** What TypeScript says of messages as values of the vendor's type; empty: nothing. On the wire its enums are their texts. */
function typeCheck(messages: readonly unknown[]): string {
  // Inside the tree, so that the package is found as for any source of ours.
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, 'out', 'own-messages-'))
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { exactOptionalPropertyTypes: false },
    include: ['messages.ts'],
    exclude: [],
  }
  const source = `import type { LiveClientMessage } from '@google/genai'
type Wire<T> = T extends string ? \`\${T}\` : T extends readonly (infer U)[] ? Wire<U>[] : T extends object ? { [K in keyof T]: Wire<T[K]> } : T
function check(_: Wire<LiveClientMessage>): void {}
${messages.map(e => `check(${JSON.stringify(e)})\n`).join('')}`
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'messages.ts'), source)
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout).slice(0, 900) : String(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
