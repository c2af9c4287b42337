/**
 * Holds back for a moment what is most likely our own writes that come back. What turns out to be so wakes nobody, for the turn that wrote it knew;
 * of the rest, many in a row of one agent are one. A watch may be faster than the answer to the write, by seconds where the API server is slow, so
 * nothing can be said at once, nor while a turn of the agent is under way.
 */
import { type Clock, type Ms, systemClock } from '#kube/clock.ts'
import type { OwnWrites, Versioned } from './own-writes.ts'

/** Held back for one to two of these. */
const ROUND_MS: Ms = 250

export interface EchoBoxOptions {
  readonly own: Pick<OwnWrites, 'has'>
  /** A turn of this key is under way: its writes may not be answered yet, and no other turn could begin. */
  readonly working: (key: string) => boolean
  /** Something of this key was written by somebody else. */
  readonly told: (key: string) => void
  readonly clock?: Clock
}

export class EchoBox {
  readonly #o: EchoBoxOptions
  readonly #clock: Clock
  #old = new Map<string, Versioned[]>()
  #new = new Map<string, Versioned[]>()
  #cancel: (() => void) | null = null
  #closed = false

  constructor(options: EchoBoxOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
  }

  heard(key: string, { uid, resourceVersion }: Versioned): void {
    const there = this.#new.get(key)
    if (there === undefined) this.#new.set(key, [{ uid, resourceVersion }])
    else there.push({ uid, resourceVersion })
    this.#arm()
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
    this.#cancel = null
  }

  #arm(): void {
    if (this.#cancel === null && !this.#closed) this.#cancel = this.#clock.after(ROUND_MS, () => this.#round())
  }

  #round(): void {
    this.#cancel = null
    const due = this.#old
    this.#old = this.#new
    this.#new = new Map()
    for (const [key, heard] of due) {
      if (this.#o.working(key)) this.#new.set(key, heard)
      else if (heard.some(object => !this.#o.own.has(object))) this.#o.told(key)
    }
    if (this.#old.size + this.#new.size > 0) this.#arm()
  }
}
