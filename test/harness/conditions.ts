import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** Under what a figure was taken: a figure without them is a rumour. */
export interface Conditions {
  readonly at: string
  readonly node: string
  readonly kernel: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly load1: number
  readonly commit: string
  readonly versions: Readonly<Record<string, string>>
}

const TOOLS: readonly (readonly [string, string, readonly string[]])[] = [
  ['sipp', 'sipp', ['-v']],
  ['baresip', 'dpkg-query', ['-W', '-f', '${Version}', 'baresip']],
  ['kamailio', 'dpkg-query', ['-W', '-f', '${Version}', 'kamailio']],
  ['sox', 'sox', ['--version']],
]

export function conditions(): Conditions {
  return {
    at: new Date().toISOString(),
    node: process.version,
    kernel: release(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load1: loadavg()[0] ?? 0,
    commit: firstLine('git', ['rev-parse', '--short', 'HEAD']),
    versions: Object.fromEntries(TOOLS.map(([name, command, args]) => [name, firstLine(command, args)])),
  }
}

function firstLine(command: string, args: readonly string[]): string {
  try {
    const out = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return (
      out
        .split('\n')
        .find(l => l.trim() !== '')
        ?.trim() ?? ''
    )
  } catch (error) {
    // SIPp prints its version and exits with 99.
    const out = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    return (
      out
        .split('\n')
        .find(l => l.trim() !== '')
        ?.trim() ?? 'not installed'
    )
  }
}
