/** SIPp runs one scenario file: a stranger that follows a script to the letter and says whether every message came as written. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, start } from './process.ts'

export interface SippRun {
  readonly scenario: string
  /** host:port that the first message goes to. */
  readonly to: string
  readonly transport?: 'udp' | 'tcp'
  readonly calls?: number
  readonly perSecond?: number
  readonly concurrent?: number
  /** Words in the scenario, [name], and what stands for them: SIPp's own keys do not reach its media commands. */
  readonly keys?: Readonly<Record<string, string>>
  /** Percent of packets lost, both ways, by SIPp itself. */
  readonly lossPercent?: number
  readonly timeoutS?: number
  readonly service?: string
  readonly extra?: readonly string[]
}

export interface SippResult {
  readonly ok: boolean
  readonly code: number
  /** Why it failed: unexpected messages and errors that SIPp logged. */
  readonly why: string
  readonly folder: string
}

export async function runSipp(run: SippRun): Promise<SippResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sipp-'))
  const scenario = join(folder, 'scenario.xml')
  writeFileSync(scenario, filled(run))
  const port = await freePort()
  const media = 40_000 + (port % 8000) * 2
  const args = [
    run.to,
    '-sf',
    scenario,
    '-i',
    '127.0.0.1',
    '-p',
    String(port),
    '-mi',
    '127.0.0.1',
    '-mp',
    String(media),
    '-t',
    run.transport === 'tcp' ? 't1' : 'u1',
    '-m',
    String(run.calls ?? 1),
    '-r',
    String(run.perSecond ?? 10),
    '-l',
    String(run.concurrent ?? 200),
    '-s',
    run.service ?? '+14155550100',
    '-nostdin',
    '-trace_err',
    '-trace_msg',
    '-timeout',
    `${run.timeoutS ?? 40}s`,
    '-timeout_error',
    ...(run.lossPercent === undefined ? [] : ['-lost', String(run.lossPercent)]),
    ...(run.extra ?? []),
  ]
  const child = start('sipp', args, { cwd: folder, env: { ...process.env, TERM: 'dumb' } })
  const code = await child.exited
  return { ok: code === 0, code, why: code === 0 ? '' : reason(folder, child.output()), folder }
}

export interface SippMessage {
  /** Wall clock, ms since the epoch. */
  readonly at: number
  readonly text: string
}

/** The messages that came to SIPp in a run, as it logged them; retransmissions, which a scenario does not see, are among them. */
export function receivedBySipp(folder: string): SippMessage[] {
  const file = readdirSync(folder).find(f => f.endsWith('messages.log'))
  if (file === undefined) return []
  const entries = readFileSync(join(folder, file), 'utf8').split(/^-{20,} (?=\d{4}-)/m)
  return entries.flatMap(entry => {
    const [, time, text] = /^(\S+ \S+)\r?\n\w+ message received[^\n]*\n\s*([\s\S]*)$/.exec(entry) ?? []
    return time === undefined || text === undefined
      ? []
      : [{ at: Date.parse(time.replace(' ', 'T')), text: text.trim() }]
  })
}

function filled(run: SippRun): string {
  let text = readFileSync(run.scenario, 'utf8')
  for (const [key, value] of Object.entries(run.keys ?? {})) text = text.replaceAll(`[${key}]`, value)
  return text
}

function reason(folder: string, output: string): string {
  const errors = readdirSync(folder).find(f => f.includes('errors'))
  const text = errors === undefined ? output.slice(-600) : readFileSync(join(folder, errors), 'utf8')
  return text.replaceAll(/\s+/g, ' ').slice(0, 400)
}
