/** Who carries sound goes before who compiles: what comes late is heard. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Ten times the share of what runs beside it. */
const NICE = -10
const SHARES = '10240'
const WEIGHT = '1000'

/** A kernel may share out time by sessions: then niceness counts within a session only, and the session has one of its own. */
export function putSessionAhead(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(NICE))
  } catch {
    // this kernel does not, or the process is gone
  }
}

/** Processes in a cgroup are shared out to as one: a node's pods together have no more than one compiler has, unless told. */
export function putCgroupAhead(path: string): void {
  for (const [file, value] of [
    ['cpu.shares', SHARES],
    ['cpu.weight', WEIGHT],
  ] as const)
    if (existsSync(join(path, file))) writeFileSync(join(path, file), value)
}
