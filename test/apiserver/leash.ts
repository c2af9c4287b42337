/**
 * Processes that die with whoever started them, even when that was killed with SIGKILL. A shell stands between, and in it a guard that reads
 * from a pipe nobody writes to: the kernel closes our end when we are gone.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface Leashed {
  readonly pid: number
  /** Exit code; 128 and the number of the signal when one ended it. */
  readonly exited: Promise<number>
  /** Nothing once it has ended. */
  signal(name: NodeJS.Signals): void
}

export interface LeashOptions {
  /** File that both output streams are appended to. */
  readonly log: string
  /** Folder that is removed when the leash is cut, for then nobody else will. */
  readonly sweep?: string
}

// 3 takes the pid out, 4 is the leash. The process itself has neither, or it would hold its own leash.
const SHELL = `
"$@" 3>&- 4<&- &
child=$!
echo $child >&3
exec 3>&-
{
  cat <&4 >/dev/null
  trap '' TERM
  kill -KILL $child
  [ -z "$SWEEP" ] || { sleep 0.5; rm -rf -- "$SWEEP"; }
} 2>/dev/null &
guard=$!
exec 4<&-
wait $child
code=$?
kill $guard
exit $code
`

export async function leash(command: string, args: readonly string[], options: LeashOptions): Promise<Leashed> {
  const log = openSync(options.log, 'a')
  const shell = spawn('sh', ['-c', SHELL, 'leash', command, ...args], {
    stdio: ['ignore', log, log, 'pipe', 'pipe'],
    env: { ...process.env, SWEEP: options.sweep ?? '' },
  })
  closeSync(log)
  let ended = false
  const exited = new Promise<number>((resolve, reject) => {
    shell.on('error', reject)
    shell.on('exit', (code, signal) => {
      ended = true
      shell.stdio[4]?.destroy()
      resolve(code ?? (signal === null ? 1 : 128))
    })
  })
  exited.catch(() => {})
  const pid = await new Promise<number>((resolve, reject) => {
    shell.on('error', reject)
    shell.stdio[3]?.on('data', (line: Buffer) => resolve(Number(line.toString())))
  })
  return {
    pid,
    exited,
    signal: name => {
      if (!ended) process.kill(pid, name)
    },
  }
}
