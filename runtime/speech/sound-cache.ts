/**
 * Sounds that were rendered, kept on the worker's volume: a restart renders nothing anew. One file each, PCM16 at 8 kHz behind a header that any
 * player reads. What cannot be kept is rendered again; nothing here fails a call.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { wavHeader } from '#runtime/media/wav-header.ts'

/** Far more than an agent has. A sound of 5 s takes 80 kB. */
const MAX_FILES = 256
const MAX_BYTES = 64 * 1024 * 1024
const FILE = /^[0-9a-f]{64}\.wav$/
const HEADER = 44

export class SoundCache {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** PCM16 at 8 kHz; null: it is not there, or not whole. */
  async get(name: string): Promise<Uint8Array | null> {
    const path = this.#path(name)
    try {
      const bytes = await readFile(path)
      if (bytes.length <= HEADER || bytes.readUInt32LE(40) !== bytes.length - HEADER) return null
      const now = new Date()
      await utimes(path, now, now)
      return bytes.subarray(HEADER)
    } catch {
      return null
    }
  }

  /** Whole or not at all. The least recently used ones make room. @throws what the file system says */
  async put(name: string, pcm: Uint8Array): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const path = this.#path(name)
    const handle = await open(`${path}.new`, 'w', 0o600)
    try {
      await handle.writeFile(Buffer.concat([wavHeader('PCM16', pcm.length), pcm]))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(`${path}.new`, path)
    await this.#makeRoom()
  }

  #path(name: string): string {
    return join(this.#directory, `${name.replace(/^speech:/, '')}.wav`)
  }

  async #makeRoom(): Promise<void> {
    const files = (await readdir(this.#directory)).filter(file => FILE.test(file))
    const known = await Promise.all(
      files.map(async file => {
        const { size, mtimeMs } = await stat(join(this.#directory, file))
        return { file, size, mtimeMs }
      }),
    )
    const newest = known.toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    let bytes = 0
    for (const [i, { file, size }] of newest.entries()) {
      bytes += size
      if (i >= MAX_FILES || bytes > MAX_BYTES) await rm(join(this.#directory, file), { force: true })
    }
  }
}
