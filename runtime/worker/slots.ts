/** A worker's capacity: a slot is reserved at the first sign of a call, before anything is answered, and held until the call is freed. */
export interface Slot {
  /** The call was answered: reserved becomes busy. Idempotent. */
  occupy(): void
  /** Idempotent. */
  free(): void
}

export class Slots {
  readonly total: number
  #reserved = 0
  #busy = 0
  readonly #changed: () => void

  constructor(total: number, changed: () => void = () => undefined) {
    this.total = total
    this.#changed = changed
  }

  get reserved(): number {
    return this.#reserved
  }

  get busy(): number {
    return this.#busy
  }

  get empty(): boolean {
    return this.#reserved === 0 && this.#busy === 0
  }

  /** Null when all are taken. */
  reserve(): Slot | null {
    if (this.#reserved + this.#busy >= this.total) return null
    let state: 'reserved' | 'busy' | 'free' = 'reserved'
    this.#reserved += 1
    this.#changed()
    return {
      occupy: () => {
        if (state !== 'reserved') return
        state = 'busy'
        this.#reserved -= 1
        this.#busy += 1
        this.#changed()
      },
      free: () => {
        if (state === 'free') return
        if (state === 'busy') this.#busy -= 1
        else this.#reserved -= 1
        state = 'free'
        this.#changed()
      },
    }
  }
}
