/** Looks for clips elsewhere than on the phone's clock: in a thread that is started with the first one, one look at a time. */
import { Worker } from 'node:worker_threads'
import type { Look } from './clip-thread.ts'

export interface ClipSearch {
  /** `found`: whether it is there; null: nobody can look any more. */
  look(what: Look, found: (is: boolean | null) => void): void
  /** Idempotent. */
  close(): void
}

export class ThreadSearch implements ClipSearch {
  #thread: Worker | null = null
  #waiting: ((is: boolean | null) => void) | null = null

  look(what: Look, found: (is: boolean | null) => void): void {
    this.#waiting = found
    this.#thread ??= this.#start()
    this.#thread.postMessage(what, [what.recording.buffer as ArrayBuffer])
  }

  close(): void {
    this.#waiting = null
    void this.#thread?.terminate()
    this.#thread = null
  }

  #start(): Worker {
    const thread = new Worker(new URL('./clip-thread.ts', import.meta.url), { name: 'clips' })
    thread.unref()
    thread.on('message', (is: boolean) => this.#answer(is))
    thread.on('error', () => this.#answer(null))
    return thread
  }

  #answer(is: boolean | null): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(is)
  }
}
