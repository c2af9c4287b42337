/** Runs a check in a copy of the tree, in a process group of its own, so that nothing of it outlives it. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Check } from './check.ts'
import { temporaryOf } from './tree.ts'

export interface Outcome {
  /** Exit code 0. */
  readonly green: boolean
  readonly timedOut: boolean
  readonly seconds: number
  /** What it said had failed, each once. */
  readonly failures: readonly string[]
  readonly output: string
}

const MAX_OUTPUT = 2_000_000
const GRACE_MS = 3000

const groups = new Set<number>()
process.once('exit', () => {
  for (const group of groups) signal(group, 'SIGKILL')
})
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1))

/** A network of its own for each check: ports of one never meet those of another. Needs the right to make one (root). */
const ALONE = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'] as const

/** Whether checks can run beside each other without meeting on ports. */
export const alone: boolean = spawnSync(ALONE[0], [...ALONE.slice(1), 'true']).status === 0

export async function runCheck(check: Check, tree: string): Promise<Outcome> {
  const began = performance.now()
  const [program, ...args] = commandOf(check)
  const child = spawn(program, args, {
    cwd: tree,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${join(tree, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      TMPDIR: temporaryOf(tree),
      NO_COLOR: '1',
      // CI's own report files belong to CI's own run.
      CI: undefined,
    },
  })
  const group = child.pid
  if (group !== undefined) groups.add(group)
  let output = ''
  const take = (chunk: Buffer): void => {
    if (output.length < MAX_OUTPUT) output += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  let timedOut = false
  const limit = setTimeout(() => {
    timedOut = true
    signal(group, 'SIGTERM')
  }, check.limitS * 1000)
  const hard = setTimeout(() => signal(group, 'SIGKILL'), check.limitS * 1000 + GRACE_MS)
  const code = await new Promise<number>(resolve => {
    child.once('error', error => {
      output += `\n${error.message}`
      resolve(127)
    })
    child.once('close', exit => resolve(exit ?? 128))
  })
  clearTimeout(limit)
  clearTimeout(hard)
  signal(group, 'SIGKILL')
  if (group !== undefined) groups.delete(group)
  const seconds = (performance.now() - began) / 1000
  return { green: code === 0 && !timedOut, timedOut, seconds, failures: failuresOf(check, output), output }
}

function commandOf({ command, needs }: Check): readonly [string, ...string[]] {
  // What may take its time must not make calls late that run beside it.
  const own = needs === 'plain' ? (['nice', '-n', '10', ...command] as const) : command
  return alone ? [...ALONE, ...own] : own
}

export function failuresOf({ verdict }: Pick<Check, 'verdict'>, output: string): string[] {
  const found = output.split('\n').map(line => verdict.exec(line)?.[1]?.trim() ?? '')
  return [...new Set(found)].filter(text => text !== '')
}

/** To the whole group; one that is gone needs none. */
function signal(group: number | undefined, name: NodeJS.Signals): void {
  if (group === undefined) return
  try {
    process.kill(-group, name)
  } catch {
    // gone
  }
}
