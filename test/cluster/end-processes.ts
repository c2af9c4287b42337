/** Ends processes of the cluster on purpose, and writes that down: without them it is still whole. */
import { setTimeout as sleep } from 'node:timers/promises'
import { record, recorded } from './journal.ts'
import { livingOf, type Started } from './made.ts'
import { childOf, startOf } from './run.ts'

const KILLED_MS = 10_000

/**
 * Kills what was started by this name, and waits for all that must die with it.
 * @param below beginning of names: of a machine, all that runs on it
 */
export async function endProcesses(name: string, below?: string): Promise<void> {
  const living = livingOf(recorded())
  const victims = living.filter(one => one.name === name)
  if (victims.length === 0) throw new Error(`${name} does not run`)
  // What is written down only waits for it.
  for (const { pid, start } of victims) if (startOf(pid) === start) process.kill(childOf(pid) ?? pid, 'SIGKILL')
  const others = below === undefined ? [] : living.filter(one => one.name.startsWith(below))
  for (const one of [...victims, ...others]) await gone(one)
}

async function gone({ name, pid, start }: Started): Promise<void> {
  for (let waited = 0; startOf(pid) === start; waited += 20) {
    if (waited > KILLED_MS) throw new Error(`${name} (pid ${pid}) does not die`)
    await sleep(20)
  }
  record({ made: 'ended', pid, start })
}
