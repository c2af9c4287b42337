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

/** A conversation as it was at one moment: what comes after it, on whatever connection, is not in it. */
export interface Snapshot {
  readonly model: string
  readonly items: readonly Remembered[]
  readonly director: Director
  /** The caller cut the model's last words short. */
  readonly interrupted: boolean
}

const MOST = 10_000

/** Handles of all sessions of a simulator: each is good for as long as it lives, and for as many connections as like. */
export class Handles {
  readonly #snapshots = new Map<string, Snapshot>()
  #n = 0

  make(snapshot: Snapshot): string {
    const handle = `handle-${++this.#n}-${Math.random().toString(36).slice(2)}`
    this.#snapshots.set(handle, copyOf(snapshot))
    if (this.#snapshots.size > MOST) this.#snapshots.delete(this.#snapshots.keys().next().value ?? '')
    return handle
  }

  get(handle: string): Snapshot | null {
    const snapshot = this.#snapshots.get(handle)
    return snapshot === undefined ? null : copyOf(snapshot)
  }

  clear(): void {
    this.#snapshots.clear()
  }
}

function copyOf(snapshot: Snapshot): Snapshot {
  return { ...snapshot, items: structuredClone(snapshot.items), director: snapshot.director.copy() }
}
