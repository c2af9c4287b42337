/**
 * Reads the revisions that come over HTTP, each in a thread of its own: to parse, check and convert one with clips takes up to seconds, in which
 * no call of this worker would hear anything. One at a time; the rest wait, and not many of them.
 */
import { Worker as Thread } from 'node:worker_threads'
import { SwitchboardError } from '#errors/registry.ts'
import type { Acceptance } from './accept-revision.ts'
import { workerErrors } from './errors.ts'

export interface RevisionToRead {
  readonly name: string
  readonly body: Uint8Array
}

export type RevisionRead =
  | { readonly ok: true; readonly accepted: Acceptance }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly help: string }

/** Bodies held at a time, the one that is read included. */
const MAX_HELD = 4
/** The largest takes about 3 s of a CPU; a pod may have little of one. */
const READ_WITHIN_MS = 60_000
/** Of what may come the largest takes about 100 MB; what takes more is an attack. */
const MAX_HEAP_MB = 256

export class RevisionReader {
  #last: Promise<unknown> = Promise.resolve()
  #held = 0
  #thread: Thread | null = null
  #closed = false

  /** @throws SwitchboardError SB_WORKER_REVISION, SB_WORKER_CLIP, SB_WORKER_REVISIONS_BUSY */
  async read(name: string, body: Uint8Array): Promise<Acceptance> {
    if (this.#held >= MAX_HELD || this.#closed) throw workerErrors.revisionsBusy(name)
    this.#held += 1
    try {
      const turn = this.#last.then(() => this.#read({ name, body }))
      // in the order they came, so that the last one put is the one that is served
      this.#last = turn.catch(() => undefined)
      return await turn
    } finally {
      this.#held -= 1
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#thread?.terminate()
    await this.#last
  }

  async #read(what: RevisionToRead): Promise<Acceptance> {
    if (this.#closed) throw workerErrors.revisionsBusy(what.name)
    const thread = new Thread(new URL('./revision-thread.ts', import.meta.url), {
      workerData: what,
      name: 'revision',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    this.#thread = thread
    let timer: NodeJS.Timeout | undefined
    try {
      const read = await new Promise<RevisionRead>((resolve, reject) => {
        const failed = (why: string): void => reject(workerErrors.badRevision(what.name, why))
        thread.once('message', resolve)
        thread.once('error', error => failed(`reading it failed (${error.message})`))
        thread.once('exit', () => failed('reading it was stopped'))
        timer = setTimeout(() => failed(`reading it took more than ${READ_WITHIN_MS / 1000} s`), READ_WITHIN_MS)
      })
      if (read.ok) return read.accepted
      const { code, message, help } = read
      throw new SwitchboardError({ code, message, help }, [])
    } finally {
      clearTimeout(timer)
      this.#thread = null
      await thread.terminate()
    }
  }
}
