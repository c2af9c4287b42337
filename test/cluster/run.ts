/** Commands of this machine: run to their end, or started to stay. */
import { execFile, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { putSessionAhead } from './ahead.ts'
import { record } from './journal.ts'

const exec = promisify(execFile)

/** Output of a command. @throws Error with what it said on stderr */
export async function run(command: string, args: readonly string[], input?: string): Promise<string> {
  const child = exec(command, [...args], { maxBuffer: 2 ** 26 })
  // It may end without having read all of it.
  child.child.stdin?.on('error', () => {})
  child.child.stdin?.end(input)
  try {
    return (await child).stdout.trim()
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new Error(`${command} ${args.join(' ')}: ${said}`, { cause: error })
  }
}

/** The same for what may fail, as removing what is not there. */
export async function tryRun(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  )
}

/** `ip`, with a line of arguments. */
export function ip(line: string): Promise<string> {
  return run('ip', line.split(' '))
}

/** Starts a command that outlives us, its output in a file, and writes its number down. */
export function daemon(name: string, command: string, args: readonly string[], log: string): number {
  const file = openSync(log, 'a')
  const child = spawn(command, [...args], { detached: true, stdio: ['ignore', file, file] })
  closeSync(file)
  const { pid } = child
  if (pid === undefined) throw new Error(`${name}: ${command} cannot be started`)
  child.on('error', () => {})
  child.unref()
  putSessionAhead(pid)
  record({ made: 'process', name, pid, start: startOf(pid) ?? 0 })
  return pid
}

/** When a process began, in clock ticks since boot; null when there is none (or nothing left of it but its number). */
export function startOf(pid: number): number | null {
  const stat = statOf(pid)
  return stat === null || stat[0] === 'Z' ? null : Number(stat[19])
}

/** The one process that it started and waits for, as nsenter and unshare do. */
export function childOf(pid: number): number | null {
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && statOf(Number(entry))?.[1] === String(pid)) return Number(entry)
  }
  return null
}

/** State, parent and so on, from /proc/PID/stat; the name before them may hold anything. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
