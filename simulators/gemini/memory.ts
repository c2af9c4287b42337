/** What the model remembers, and what of it a handle brings back. */
import type { Director } from '#simulators/realtime/director.ts'

export interface Remembered {
  readonly role: 'user' | 'model' | 'tool'
  text: string
  /** The item's number in the watermark; null: it was not spoken here. */
  readonly mark: number | null
  /** Sound that was sent: the server keeps all of it, heard or not. */
  sentMs: number
  /** Sound that the whole would have had. */
  readonly wholeMs: number
  interrupted: boolean
}

export interface Snapshot {
  readonly model: string
  readonly items: readonly Remembered[]
  readonly director: Director
}

const MOST = 10_000

/** Handles of all sessions of a simulator; each is good for as long as it lives. */
export class Handles {
  readonly #snapshots = new Map<string, Snapshot>()
  #n = 0

  make(snapshot: Snapshot): string {
    const handle = `handle-${++this.#n}-${Math.random().toString(36).slice(2)}`
    this.#snapshots.set(handle, { ...snapshot, items: structuredClone(snapshot.items) })
    if (this.#snapshots.size > MOST) this.#snapshots.delete(this.#snapshots.keys().next().value ?? '')
    return handle
  }

  get(handle: string): Snapshot | null {
    return this.#snapshots.get(handle) ?? null
  }

  clear(): void {
    this.#snapshots.clear()
  }
}
