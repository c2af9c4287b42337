/** Waits for a stop signal and carries it out: the first one drains, the second one ends. */
import type { Worker } from '#runtime/worker/worker.ts'

/** What the declared ends may take after the deadline: last words, BYE and its answer. */
const GRACE_MS = 30_000

export async function untilStopped(worker: Worker, print: (line: string) => void): Promise<void> {
  const signals = new SignalQueue()
  try {
    await signals.next()
    const deadline = Date.now() + worker.settings.drainDeadlineMs
    worker.drain({ id: 'signal', deadline })
    if (worker.callCount > 0)
      print(`Draining: ${callsText(worker.callCount)} left, until ${new Date(deadline).toISOString()} at the latest.`)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      // 2^31 ms is the longest timer there is
      timer = setTimeout(resolve, Math.min(worker.settings.drainDeadlineMs + GRACE_MS, 2 ** 31 - 1))
    })
    await Promise.race([worker.empty(), signals.next(), late])
    clearTimeout(timer)
    if (worker.callCount > 0) print(`Ending ${callsText(worker.callCount)}.`)
    await worker.close()
  } finally {
    signals.close()
  }
}

function callsText(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`
}

class SignalQueue {
  #waiting: (() => void) | null = null
  #count = 0

  readonly #on = (): void => {
    this.#count += 1
    this.#wake()
  }

  constructor() {
    process.on('SIGTERM', this.#on)
    process.on('SIGINT', this.#on)
  }

  next(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting = resolve
      this.#wake()
    })
  }

  close(): void {
    process.off('SIGTERM', this.#on)
    process.off('SIGINT', this.#on)
  }

  #wake(): void {
    if (this.#count === 0 || !this.#waiting) return
    this.#count -= 1
    const tell = this.#waiting
    this.#waiting = null
    tell()
  }
}
