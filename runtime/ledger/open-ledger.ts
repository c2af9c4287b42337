/** Opens the ledger: a bounded queue here, a thread that owns the database. */
import { Worker } from 'node:worker_threads'
import { SwitchboardError } from '#errors/registry.ts'
import type { RecordEntry } from '#runtime/call/effects.ts'
import { bodyOf, type CallHeader, type Row } from './entry.ts'
import { ledgerClosed, ledgerEntryRefused, ledgerFull, ledgerOpenFailed } from './errors.ts'
import type { Ledger, LedgerLog, LedgerOptions, LedgerStats } from './ledger.ts'
import type { WriterData } from './messages.ts'
import { RowQueue } from './queue.ts'
import { WriterLink } from './writer-link.ts'

/** Copying a batch to the thread takes the media loop's time: about 1 µs a row. */
const MAX_BATCH = 512
const LOSS_LOG_MS = 10_000

/**
 * Opens a ledger, and waits until its file is open.
 * @throws SwitchboardError SB_LEDGER_OPEN, SB_LEDGER_FOREIGN, SB_LEDGER_NEWER
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const ledger = new ThreadedLedger(options)
  await ledger.opened
  return ledger
}

/** A call in progress: its last sequence number and its clock's offset to wall time. */
interface OpenCall {
  seq: number
  readonly epochMinusAt: number
}

class ThreadedLedger implements Ledger {
  readonly opened: Promise<void>
  readonly #queue: RowQueue
  readonly #link: WriterLink
  readonly #calls = new Map<string, OpenCall>()
  readonly #batchMs: number
  readonly #batchRows: number
  readonly #log: LedgerLog
  #timer: NodeJS.Timeout | undefined
  #waiters: { upTo: number; resolve: (durable: boolean) => void }[] = []
  #offered = 0
  #settled = 0
  #refused = 0
  #lost = 0
  #lossLoggedAt = Number.NEGATIVE_INFINITY
  #closing: Promise<void> | undefined

  constructor(options: LedgerOptions) {
    this.#queue = new RowQueue(options.queue ?? { rows: 20_000, bytes: 32 * 1024 * 1024 })
    this.#batchMs = options.batchMs ?? 100
    this.#batchRows = options.batchRows ?? 256
    this.#log = options.log ?? (() => undefined)
    const data: WriterData = {
      path: options.path,
      retainMs: options.retainMs ?? null,
      maxPages: options.maxPages ?? null,
    }
    const script = options.script ?? new URL('./writer.ts', import.meta.url)
    const spawn = options.spawn ?? ((script, data) => new Worker(script, { workerData: data, name: 'ledger' }))
    this.#link = new WriterLink({
      spawn: () => spawn(script, data),
      retryMs: options.retryMs ?? 250,
      stuckMs: options.stuckMs ?? 10_000,
      ready: () => this.#send(),
      committed: (rows, refused) => this.#settle(rows, refused),
      log: this.#log,
    })
    this.opened = this.#link.opened.catch(async error => {
      await this.close(0)
      throw error instanceof SwitchboardError ? error : ledgerOpenFailed(options.path, String(error), { cause: error })
    })
  }

  begin(header: CallHeader): void {
    this.#calls.set(header.call, { seq: 0, epochMinusAt: header.startedAt - header.at })
    this.#push({ header })
  }

  append(call: string, at: number, entry: RecordEntry): void {
    const open = this.#calls.get(call)
    if (open === undefined) return this.#refuse(entry.kind, `call ${call} was not begun, or has been freed`)
    if (!Number.isFinite(at)) return this.#refuse(entry.kind, 'its time is no number')
    let body: string
    try {
      body = bodyOf(entry)
    } catch (error) {
      open.seq++ // the gap shows in the record
      return this.#refuse(entry.kind, error instanceof Error ? error.message : String(error))
    }
    this.#push({ call, seq: ++open.seq, at, wall: Math.round(open.epochMinusAt + at), kind: entry.kind, body })
  }

  end(call: string): void {
    this.#calls.delete(call)
  }

  get outbox(): number {
    return this.#queue.length
  }

  get healthy(): boolean {
    return this.#closing === undefined && this.#link.healthy
  }

  get error(): string | null {
    return this.#link.error
  }

  stats(): LedgerStats {
    const { commits, failures, restarts } = this.#link.counts
    return {
      offered: this.#offered - this.#refused + this.#lost,
      durable: this.#settled - this.#refused,
      lost: this.#lost,
      outbox: this.outbox,
      commits,
      failures,
      restarts,
    }
  }

  flush(timeoutMs?: number): Promise<boolean> {
    this.#send()
    if (this.#queue.length === 0) return Promise.resolve(true)
    return new Promise(resolve => {
      const waiter = { upTo: this.#offered, resolve }
      this.#waiters.push(waiter)
      if (timeoutMs === undefined) return
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter(w => w !== waiter)
        resolve(false)
      }, timeoutMs)
      waiter.resolve = durable => {
        clearTimeout(timer)
        resolve(durable)
      }
    })
  }

  close(timeoutMs = 5000): Promise<void> {
    this.#closing ??= this.#close(timeoutMs)
    return this.#closing
  }

  async #close(timeoutMs: number): Promise<void> {
    if (timeoutMs > 0) await this.flush(timeoutMs)
    clearTimeout(this.#timer)
    await this.#link.close()
    const left = this.#queue.length
    this.#queue.settle(left)
    if (left > 0) {
      this.#offered -= left
      this.#lose(left, ledgerClosed(left))
    }
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(false)
    this.#calls.clear()
  }

  #push(row: Row): void {
    if (this.#closing !== undefined) return this.#lose(1, ledgerClosed(1))
    if (!this.#queue.push(row)) return this.#lose(1, ledgerFull(this.#lost + 1))
    this.#offered++
    if (this.#queue.length >= this.#batchRows) this.#send()
    else this.#timer ??= setTimeout(() => this.#send(), this.#batchMs)
  }

  /** Hands the writer what waits; while it is busy or down more gathers, and goes together when it is ready again. */
  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#queue.length > 0 && this.#link.idle) this.#link.commit(this.#queue.peek(MAX_BATCH))
  }

  #settle(rows: number, refused: number): void {
    this.#queue.settle(rows)
    this.#settled += rows
    this.#refused += refused
    if (refused > 0) this.#lose(refused, ledgerEntryRefused('?', 'the database does not take it'))
    this.#waiters = this.#waiters.filter(waiter => {
      if (waiter.upTo > this.#settled) return true
      waiter.resolve(true)
      return false
    })
    if (this.#queue.length >= this.#batchRows || this.#waiters.length > 0) this.#send()
    else if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#send(), this.#batchMs)
  }

  #refuse(kind: string, why: string): void {
    this.#lose(1, ledgerEntryRefused(kind, why))
  }

  #lose(count: number, error: SwitchboardError): void {
    this.#lost += count
    const now = performance.now()
    if (now - this.#lossLoggedAt < LOSS_LOG_MS) return
    this.#lossLoggedAt = now
    this.#log('error', error.message, { code: error.code })
  }
}
