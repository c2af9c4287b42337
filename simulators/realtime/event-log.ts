/** What happened on the wire, for judges: bounded, with a clock that all processes of a machine share. */

export interface LogEntry {
  /** Rises by one an entry. */
  readonly n: number
  /** CLOCK_MONOTONIC in ms: comparable with `process.hrtime` of any process on this machine. */
  readonly t: number
  readonly wall: string
  readonly session: string
  /** `in`: from the client. `out`: to it. `sim`: what the simulator knows beyond the protocol. */
  readonly dir: 'in' | 'out' | 'sim'
  readonly type: string
  /** The event without audio: `audio` and `delta` of audio become byte counts. */
  readonly event?: Readonly<Record<string, unknown>>
}

export const DEFAULT_LOG_LIMIT = 100_000

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export class EventLog {
  readonly #limit: number
  readonly #entries: LogEntry[] = []
  #n = 0

  constructor(limit = DEFAULT_LOG_LIMIT) {
    this.#limit = limit
  }

  /** Oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  /** Entries that the bound made it forget. */
  get forgotten(): number {
    return this.#n - this.#entries.length
  }

  add(session: string, dir: LogEntry['dir'], type: string, event?: Readonly<Record<string, unknown>>): void {
    const entry = { n: this.#n++, t: monotonicMs(), wall: new Date().toISOString(), session, dir, type }
    this.#entries.push(event === undefined ? entry : { ...entry, event })
    // Dropped by the tenth: shifting a long array on every event would cost more than the log.
    if (this.#entries.length > this.#limit * 1.1) this.#entries.splice(0, this.#entries.length - this.#limit)
  }

  of(session: string): LogEntry[] {
    return this.#entries.filter(e => e.session === session)
  }
}

export function jsonLines(entries: readonly LogEntry[]): string {
  return entries.map(e => `${JSON.stringify(e)}\n`).join('')
}
