/** `switchboard run` in a process of its own, as a user starts it: known by what it prints, ended by a signal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { demoErrors } from './errors.ts'

export interface WorkerProcess {
  /** `sip:+14155550100@127.0.0.1:5060` */
  readonly uri: string
  /** `http://127.0.0.1:PORT` of the simulated provider. */
  readonly provider: string
  /** Its last lines, of both kinds. */
  readonly lines: readonly string[]
  /** Rejects when it ends by itself. */
  readonly died: Promise<never>
  stop(): Promise<void>
}

const READY_MS = 30_000
const STOP_MS = 5000
const KEPT_LINES = 40

/** @throws SB_DEMO_WORKER_DIED, SB_DEMO_NOT_READY */
export async function startWorkerProcess(
  flags: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  lines: string[],
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'run', ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  // whatever way we go, it does not stay behind
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  let stopping = false
  const died = exited.then<never>(how => {
    process.off('exit', kill)
    if (stopping) return new Promise<never>(() => undefined)
    throw demoErrors.workerDied(how)
  })
  died.catch(() => undefined)
  const stop = async (): Promise<void> => {
    stopping = true
    await end(child, exited)
  }
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(demoErrors.notReady(READY_MS / 1000)), READY_MS)
    })
    const { uri, provider } = await Promise.race([ready(child, lines), died, late])
    return { uri, provider, lines, died, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** What it prints when it answers; every line is kept for when something goes wrong. */
function ready(child: ChildProcess, lines: string[]): Promise<{ uri: string; provider: string }> {
  return new Promise(resolve => {
    let uri: string | undefined
    let provider: string | undefined
    const take = (line: string): void => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      uri ??= /^Call it:\s+(sip:\S+)/.exec(line)?.[1]
      provider ??= /^Provider:\s+simulated, at (http:\/\/[^/]+)/.exec(line)?.[1]
      if (uri !== undefined && provider !== undefined) resolve({ uri, provider })
    }
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', take)
  })
}

/** The first signal drains, the second ends, the third is not asked. */
async function end(child: ChildProcess, exited: Promise<string>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = (ms: number): Promise<null> =>
    new Promise(resolve => {
      timer = setTimeout(() => resolve(null), ms)
    })
  for (const [signal, ms] of [
    ['SIGTERM', STOP_MS],
    ['SIGTERM', 1000],
    ['SIGKILL', 1000],
  ] as const) {
    if (child.exitCode !== null || child.signalCode !== null) break
    child.kill(signal)
    const how = await Promise.race([exited, late(ms)])
    clearTimeout(timer)
    if (how !== null) break
  }
}
