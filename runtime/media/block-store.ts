/**
 * Bounded store of audio in fixed blocks. Blocks are made when first needed, and reused ever after: a long call settles at what it
 * queued at most, and appending never copies what is already there.
 */
export const BLOCK_BYTES = 4000

export class BlockStore {
  readonly #max: number
  readonly #blocks: Uint8Array[] = []
  readonly #free: number[] = []

  /** @param maxBytes rounded up to whole blocks. */
  constructor(maxBytes: number) {
    this.#max = Math.max(1, Math.ceil(maxBytes / BLOCK_BYTES))
  }

  /** Blocks that can still be taken. */
  get available(): number {
    return this.#max - this.#blocks.length + this.#free.length
  }

  /** Index of a block that is now the caller's. Call only when one is {@link available}. */
  take(): number {
    const reused = this.#free.pop()
    if (reused !== undefined) return reused
    return this.#blocks.push(new Uint8Array(BLOCK_BYTES)) - 1
  }

  give(block: number): void {
    this.#free.push(block)
  }

  bytes(block: number): Uint8Array {
    return this.#blocks[block]!
  }
}

/** First-in-first-out bytes over a {@link BlockStore}. */
export class BlockQueue {
  readonly #store: BlockStore
  /** Blocks in order; `#first` counts those already given back, so that taking one off does not move the rest. */
  #blocks: number[] = []
  #first = 0
  #readAt = 0
  #length = 0

  constructor(store: BlockStore) {
    this.#store = store
  }

  get length(): number {
    return this.#length
  }

  /** Blocks that appending `bytes` would take. */
  blocksFor(bytes: number): number {
    const room = (this.#blocks.length - this.#first) * BLOCK_BYTES - this.#readAt - this.#length
    return bytes <= room ? 0 : Math.ceil((bytes - room) / BLOCK_BYTES)
  }

  push(audio: Uint8Array): void {
    let at = 0
    while (at < audio.length) {
      const end = this.#readAt + this.#length
      const index = this.#first + Math.floor(end / BLOCK_BYTES)
      if (index === this.#blocks.length) this.#blocks.push(this.#store.take())
      const within = end % BLOCK_BYTES
      const n = Math.min(audio.length - at, BLOCK_BYTES - within)
      const whole = at === 0 && n === audio.length
      this.#store.bytes(this.#blocks[index]!).set(whole ? audio : audio.subarray(at, at + n), within)
      at += n
      this.#length += n
    }
  }

  /** Moves up to `n` bytes to `out` at `offset`; returns how many. */
  shift(out: Uint8Array, offset: number, n: number): number {
    const total = Math.min(n, this.#length)
    let left = total
    let to = offset
    while (left > 0) {
      const block = this.#store.bytes(this.#blocks[this.#first]!)
      const run = Math.min(left, BLOCK_BYTES - this.#readAt)
      for (let i = 0; i < run; i++) out[to + i] = block[this.#readAt + i]!
      to += run
      left -= run
      this.#length -= run
      this.#readAt += run
      if (this.#readAt === BLOCK_BYTES) this.#dropFirst()
    }
    if (this.#length === 0) this.clear()
    return total
  }

  /** Gives everything back. */
  clear(): void {
    for (let i = this.#first; i < this.#blocks.length; i++) this.#store.give(this.#blocks[i]!)
    this.#blocks.length = 0
    this.#first = 0
    this.#readAt = 0
    this.#length = 0
  }

  #dropFirst(): void {
    this.#store.give(this.#blocks[this.#first]!)
    this.#first++
    this.#readAt = 0
  }
}
