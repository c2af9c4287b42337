/** Takes down whatever is written down, also after a crash, also half of it, also twice. */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bootId, forget, recorded, recordedByOthers } from './journal.ts'
import { type Made, undoOf } from './made.ts'
import type { Say } from './progress.ts'
import { run, startOf, tryRun } from './run.ts'

const KILLED_MS = 10_000

/** @returns how many things were removed */
export async function takeDown(say: Say): Promise<number> {
  const steps = undoOf(recorded(), bootId())
  const processes = steps.filter(step => step.made === 'process')
  // All at once: a machine's first process takes all others of that machine with it.
  for (const process of processes) kill(process)
  if (processes.length > 0) say(`${processes.length} processes killed`)
  await Promise.all(processes.map(gone))
  for (const step of steps) if (step.made !== 'process') await undo(step)
  forget()
  return steps.length
}

function kill({ pid, start }: { pid: number; start: number }): void {
  // The number may be somebody else's by now.
  if (startOf(pid) !== start) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone meanwhile
  }
}

async function gone({ pid, start, name }: { pid: number; start: number; name: string }): Promise<void> {
  for (let waited = 0; startOf(pid) === start; waited += 20) {
    if (waited > KILLED_MS) throw new Error(`${name} (pid ${pid}) does not die`)
    await sleep(20)
  }
}

async function undo(step: Exclude<Made, { made: 'process' }>): Promise<void> {
  switch (step.made) {
    case 'namespace':
      return removeNamespace(step.name)
    case 'link':
      return void (await tryRun('ip', ['link', 'delete', step.name]))
    case 'route':
      return void (await tryRun('ip', ['route', 'delete', step.to]))
    case 'sysctl':
      return void (await tryRun('sysctl', ['-qw', `${step.key}=${step.was}`]))
    case 'cgroup':
      return removeCgroup(step.path)
    case 'folder':
      return removeFolder(step.path)
    case 'mountpoint':
      return recordedByOthers().length > 0 ? undefined : removeFolder(step.path)
    case 'ended':
    case 'boot':
    case 'up':
  }
}

/** What is left in it was started there by us or by what we started: a crash may have come before its number was written down. */
async function removeNamespace(name: string): Promise<void> {
  if (!existsSync(join('/run/netns', name))) return
  for (let waited = 0; waited < KILLED_MS; waited += 50) {
    const pids = (await run('ip', ['netns', 'pids', name])).split('\n').filter(line => line !== '')
    if (pids.length === 0) break
    for (const pid of pids) kill({ pid: Number(pid), start: startOf(Number(pid)) ?? -1 })
    await sleep(50)
  }
  await tryRun('ip', ['netns', 'delete', name])
}

/** A cgroup is removed as an empty folder is, its children first; it is busy until the kernel has buried its processes. */
async function removeCgroup(path: string): Promise<void> {
  if (!existsSync(path)) return
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) await removeCgroup(join(path, entry.name))
  for (let tries = 0; tries < 50; tries++) {
    try {
      return rmdirSync(path)
    } catch {
      await sleep(50)
    }
  }
  throw new Error(`${path} is still in use`)
}

/** @throws Error rather than delete what is mounted below: that may be anybody's */
async function removeFolder(path: string): Promise<void> {
  const mounts = (await run('cat', ['/proc/self/mounts'])).split('\n').map(line => line.split(' ')[1] ?? '')
  const below = mounts.filter(mount => mount === path || mount.startsWith(`${path}/`))
  for (const mount of below.toReversed()) await run('umount', [mount])
  rmSync(path, { recursive: true, force: true })
}
