/** What this worker sees of the credentials its revisions name, kept up to date while Secrets come, change and go. Never their content. */
import type { SecretState } from '#runtime/contract/load-line.ts'

/** A Secret that is made or rotated reaches its mount after up to a minute or two; this adds next to nothing to it. */
const LOOK_EVERY_MS = 5000

export interface SecretRef {
  readonly name: string
  readonly key: string
}

export interface SecretWatchOptions {
  readonly refs: () => readonly SecretRef[]
  readonly look: (ref: SecretRef) => Promise<SecretState>
  readonly changed: () => void
}

export class SecretWatch {
  readonly #o: SecretWatchOptions
  #states: Readonly<Record<string, SecretState>> = {}
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<void> | null = null
  #closed = false

  constructor(options: SecretWatchOptions) {
    this.#o = options
  }

  /** By `SECRET/KEY`. */
  get states(): Readonly<Record<string, SecretState>> {
    return this.#states
  }

  /** Looks now, and again from time to time. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
      this.#again()
    })
    return this.#looking
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    const found: Record<string, SecretState> = {}
    for (const ref of this.#o.refs()) found[`${ref.name}/${ref.key}`] = await this.#o.look(ref)
    if (this.#closed || JSON.stringify(found) === JSON.stringify(this.#states)) return
    this.#states = found
    this.#o.changed()
  }

  #again(): void {
    if (this.#closed || this.#o.refs().length === 0) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.look(), LOOK_EVERY_MS)
    this.#timer.unref()
  }
}
