/** The lines of `GET /v1/load`: at once, on change at most five a second, and a heartbeat every 2 s. */
import { LOAD_HEARTBEAT_MS, LOAD_MIN_INTERVAL_MS, type LoadLine } from '#runtime/contract/load-line.ts'

/** A reader that is this far behind gets no more lines until it has read: the next one it gets is whole, so nothing is lost. */
const MAX_UNREAD_BYTES = 64 * 1024

export interface LineSink {
  write(line: string): void
  end(): void
  readonly unread: number
}

export class LoadStreams {
  readonly #current: () => Omit<LoadLine, 'seq'>
  readonly #sinks = new Set<LineSink>()
  #seq = 0
  #timer: NodeJS.Timeout | null = null
  #lastAt = 0

  constructor(current: () => Omit<LoadLine, 'seq'>) {
    this.#current = current
  }

  get readers(): number {
    return this.#sinks.size
  }

  /** Sends a first line at once; returns what ends the stream (idempotent). */
  add(sink: LineSink): () => void {
    this.#sinks.add(sink)
    sink.write(this.#line())
    if (this.#timer === null) this.#arm(LOAD_HEARTBEAT_MS)
    return () => {
      if (!this.#sinks.delete(sink)) return
      sink.end()
      if (this.#sinks.size === 0) this.#disarm()
    }
  }

  /** Something in the line has changed. */
  changed(): void {
    if (this.#sinks.size === 0) return
    const wait = Math.max(0, this.#lastAt + LOAD_MIN_INTERVAL_MS - performance.now())
    this.#arm(wait)
  }

  close(): void {
    for (const sink of this.#sinks) sink.end()
    this.#sinks.clear()
    this.#disarm()
  }

  #line(): string {
    this.#seq += 1
    return `${JSON.stringify({ ...this.#current(), seq: this.#seq })}\n`
  }

  #dueAt = 0

  #arm(ms: number): void {
    const due = performance.now() + ms
    if (this.#timer !== null && this.#dueAt <= due) return
    this.#disarm()
    this.#dueAt = due
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#lastAt = performance.now()
      const line = this.#line()
      for (const sink of this.#sinks) if (sink.unread < MAX_UNREAD_BYTES) sink.write(line)
      if (this.#sinks.size > 0) this.#arm(LOAD_HEARTBEAT_MS)
    }, ms)
    this.#timer.unref()
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
