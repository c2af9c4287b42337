/** What a worker keeps on its volume over a restart of its container: the revisions it serves, and that it drains. */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type DrainRequest, drainRequestSchema } from '#runtime/contract/drain.ts'
import { workerErrors } from './errors.ts'
import type { Logger } from './logger.ts'

const REVISION = /^revision-[0-9a-f]{16}\.json$/
const DRAIN = 'drain.json'
const CLOSE = Buffer.from('}')

/** The request as it came; whoever restores it judges it again. */
const keptRevisionSchema = z.object({ name: z.string(), body: z.unknown() })

export interface KeptRevision {
  readonly name: string
  /** JSON. */
  readonly body: Uint8Array
}

export class KeptState {
  readonly #directory: string
  readonly #log: Logger
  /** One write at a time, in the order they were asked for. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(directory: string, log: Logger) {
    this.#directory = directory
    this.#log = log
  }

  /** @throws SwitchboardError SB_WORKER_STATE when nothing can be written there: found at the start, not after a crash */
  static async open(directory: string, log: Logger): Promise<KeptState> {
    const state = new KeptState(directory, log)
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await state.#write('.probe', '')
      await rm(join(directory, '.probe'))
    } catch (cause) {
      throw workerErrors.noState(directory, (cause as NodeJS.ErrnoException).code ?? 'unknown', { cause })
    }
    return state
  }

  async revisions(): Promise<KeptRevision[]> {
    const kept: KeptRevision[] = []
    for (const file of (await readdir(this.#directory)).sort())
      if (REVISION.test(file)) {
        const found = await this.#read(file, keptRevisionSchema)
        if (found) kept.push({ name: found.name, body: Buffer.from(JSON.stringify(found.body)) })
      }
    return kept
  }

  drain(): Promise<DrainRequest | null> {
    return this.#read(DRAIN, drainRequestSchema)
  }

  /** Instead of an earlier revision of the agent. Resolves when it is on disk, or cannot be: a worker serves all the same. */
  keepRevision(agent: string, revision: KeptRevision): Promise<void> {
    const file = `revision-${createHash('sha256').update(agent).digest('hex').slice(0, 16)}.json`
    const { name, body } = revision
    // put around the body as it stands: to take it apart would hold up the media
    return this.#keep(file, Buffer.concat([Buffer.from(`{"name":${JSON.stringify(name)},"body":`), body, CLOSE]))
  }

  keepDrain(request: DrainRequest): Promise<void> {
    return this.#keep(DRAIN, Buffer.from(JSON.stringify(request)))
  }

  #keep(file: string, json: Uint8Array): Promise<void> {
    const write = this.#last
      .then(() => this.#write(file, json))
      .catch((error: unknown) => {
        this.#log.warn({ err: error, file }, 'not kept: it will be gone after a restart of this container')
      })
    this.#last = write
    return write
  }

  /** Whole or not at all, also when the machine stops in the middle. */
  async #write(file: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.#directory, file)
    const handle = await open(`${path}.new`, 'w', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(`${path}.new`, path)
  }

  async #read<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
    let text: string
    try {
      text = await readFile(join(this.#directory, file), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#log.warn({ err: error, file }, 'cannot be read')
      return null
    }
    try {
      return schema.parse(JSON.parse(text))
    } catch (error) {
      this.#log.warn({ err: error, file }, 'what was kept cannot be used')
      return null
    }
  }
}
