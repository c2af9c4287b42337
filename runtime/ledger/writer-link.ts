/**
 * The link to the writer's thread: one batch at a time, kept until it is known to be durable. A failed batch is sent again after a wait; a
 * dead thread is replaced and gets the same batch again, which the unique key makes harmless.
 */
import type { Worker } from 'node:worker_threads'
import { SwitchboardError } from '#errors/registry.ts'
import type { Row } from './entry.ts'
import { ledgerCommitFailed, ledgerWriterDied } from './errors.ts'
import type { LedgerLog } from './ledger.ts'
import type { FromWriter, ToWriter } from './messages.ts'

const MAX_RETRY_MS = 5000
const CLOSE_MS = 2000

export interface WriterLinkOptions {
  readonly spawn: () => Worker
  readonly retryMs: number
  readonly stuckMs: number
  /** The writer can take a batch again after a failure or a start. */
  readonly ready: () => void
  /** The oldest `rows` are durable, but for the `refused` ones that can never be. */
  readonly committed: (rows: number, refused: number) => void
  readonly log: LedgerLog
}

export class WriterLink {
  readonly opened: Promise<void>
  readonly counts = { commits: 0, failures: 0, restarts: 0 }
  readonly #o: WriterLinkOptions
  #worker: Worker | undefined
  #open = false
  #everOpen = false
  #batch = 0
  #inFlight: { rows: number; since: number } | null = null
  #error: string | null = null
  #waitMs: number
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #settleOpened: { resolve: () => void; reject: (error: unknown) => void } | null = null

  constructor(options: WriterLinkOptions) {
    this.#o = options
    this.#waitMs = options.retryMs
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject }
    })
    this.#start()
  }

  get idle(): boolean {
    return this.#open && this.#inFlight === null && this.#timer === undefined && !this.#closed
  }

  get error(): string | null {
    return this.#error
  }

  get healthy(): boolean {
    const stuck = this.#inFlight !== null && performance.now() - this.#inFlight.since > this.#o.stuckMs
    return this.#open && this.#error === null && !stuck
  }

  commit(rows: readonly Row[]): void {
    this.#inFlight = { rows: rows.length, since: performance.now() }
    this.#post({ type: 'commit', batch: ++this.#batch, rows })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const worker = this.#worker
    if (worker === undefined) return
    const gone = new Promise<void>(resolve => worker.once('exit', () => resolve()))
    this.#post({ type: 'close' })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, CLOSE_MS)
    })
    await Promise.race([gone, late])
    clearTimeout(timer)
    await worker.terminate()
  }

  #post(message: ToWriter): void {
    this.#worker?.postMessage(message)
  }

  #start(): void {
    const worker = this.#o.spawn()
    this.#worker = worker
    worker.on('message', (message: FromWriter) => this.#hear(message))
    worker.on('error', error => this.#fail(ledgerWriterDied(String(error)).message))
    worker.on('exit', code => this.#gone(worker, code))
  }

  #hear(message: FromWriter): void {
    switch (message.type) {
      case 'open':
        this.#open = true
        this.#everOpen = true
        this.#settleOpened?.resolve()
        this.#recovered()
        return this.#o.ready()
      case 'committed': {
        if (message.batch !== this.#batch || this.#inFlight === null) return
        const { rows } = this.#inFlight
        this.#inFlight = null
        this.counts.commits++
        this.#recovered()
        return this.#o.committed(rows, message.refused)
      }
      case 'failed':
        if (message.batch !== this.#batch) return
        this.#inFlight = null
        this.counts.failures++
        this.#fail(message.message)
        return this.#later(() => this.#o.ready())
      case 'refused':
        this.#fail(message.message)
        if (!this.#everOpen) this.#settleOpened?.reject(new SwitchboardError(message, []))
    }
  }

  #gone(worker: Worker, code: number): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#open = false
    this.#inFlight = null
    if (this.#closed) return
    if (this.#error === null) this.#fail(ledgerWriterDied(`exit code ${code}`).message)
    if (!this.#everOpen) return this.#settleOpened?.reject(ledgerWriterDied(`exit code ${code}`))
    this.counts.restarts++
    this.#later(() => this.#start())
  }

  #fail(message: string): void {
    const first = this.#error === null
    this.#error = message
    if (!first) return
    const error = ledgerCommitFailed(message)
    this.#o.log('error', error.message, { code: error.code })
  }

  #recovered(): void {
    if (this.#error !== null && this.#everOpen)
      this.#o.log('info', 'the ledger is written again', { code: ledgerCommitFailed.code })
    this.#error = null
    this.#waitMs = this.#o.retryMs
  }

  #later(what: () => void): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      what()
    }, this.#waitMs)
    this.#waitMs = Math.min(this.#waitMs * 2, MAX_RETRY_MS)
  }
}
