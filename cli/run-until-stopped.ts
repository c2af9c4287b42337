/** Waits for a stop signal and carries it out: the first one drains, the second one ends. */
import type { Ledger } from '#runtime/ledger/ledger.ts'
import type { Worker } from '#runtime/worker/worker.ts'

/** What the declared ends may take after the deadline: last words, BYE and its answer. */
const GRACE_MS = 30_000

/** `recordsMs`: how long records that cannot be written hold up the end, at most until the deadline of the drain. */
export async function untilStopped(
  worker: Worker,
  ledger: Ledger,
  print: (line: string) => void,
  recordsMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const signals = new SignalQueue()
  try {
    await signals.next()
    const deadline = worker.stop()
    const leftMs = (): number => Math.max(0, deadline + GRACE_MS - Date.now())
    if (worker.callCount > 0)
      print(`Draining: ${callsText(worker.callCount)} left, until ${new Date(deadline).toISOString()} at the latest.`)
    const hurried = signals.next().then(() => 'hurried' as const)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      // 2^31 ms is the longest timer there is
      timer = setTimeout(resolve, Math.min(leftMs(), 2 ** 31 - 1))
    })
    const how = await Promise.race([worker.empty(), hurried, late])
    clearTimeout(timer)
    if (worker.callCount > 0) print(`Ending ${callsText(worker.callCount)}.`)
    await worker.close()
    if (ledger.outbox === 0 || how === 'hurried') return
    // a disk that is full now may not be in a minute; closing the ledger waits for seconds only
    print(`Waiting for ${ledger.outbox} entries of records to be written.`)
    await Promise.race([ledger.flush(Math.min(leftMs(), recordsMs, 2 ** 31 - 1)), hurried])
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
