/**
 * How long processes had to wait for a processor although they were ready, by the kernel's own count: what is late then was late because of the
 * machine. A process that blocks itself does not wait by that count. Linux only.
 */
import { readFileSync } from 'node:fs'
import type { Stall } from './stalls.ts'

const LOOK_MS = 20
const NS_PER_MS = 1e6
const monotonic = (): number => Number(process.hrtime.bigint()) / NS_PER_MS
/** Less is what every shared machine has. */
const WAITED_MS = 15
/** The looks themselves came so late: then nobody ran, or nobody looked. */
const LATE_MS = 40

export class MachineWatch {
  readonly #pids = new Map<number, number>()
  readonly #stalls: Stall[] = []
  readonly #timer: NodeJS.Timeout
  #last = monotonic()

  constructor() {
    this.watch(process.pid)
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  watch(pid: number): void {
    this.#pids.set(pid, waitedOf(pid) ?? 0)
  }

  forget(pid: number): void {
    this.#pids.delete(pid)
  }

  /** When somebody who is watched had to wait; CLOCK_MONOTONIC, ms. */
  get stalls(): readonly Stall[] {
    return this.#stalls
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const [from, to] = [this.#last, monotonic()]
    this.#last = to
    let longest = 0
    for (const [pid, before] of this.#pids) {
      const waited = waitedOf(pid)
      if (waited === null) continue
      longest = Math.max(longest, waited - before)
      this.#pids.set(pid, waited)
    }
    if (longest < WAITED_MS && to - from < LATE_MS + LOOK_MS) return
    this.#stalls.push({ from, to })
  }
}

/** Milliseconds that the main thread of a process has spent ready and not running; null: it is gone. */
function waitedOf(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / NS_PER_MS
  } catch {
    return null
  }
}
