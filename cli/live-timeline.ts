/** Prints what several watchers tell, each in its own time, as one story: lines are held back for a moment and put in order. */

interface Line {
  readonly t: number
  /** Made when it is printed: by then more may be known. */
  readonly text: () => string
}

/** Longest that a watcher is behind. */
const HOLD_MS = 800
const STEP_MS = 50

export class LiveTimeline {
  readonly #print: (text: string) => void
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #waiting: Line[] = []

  constructor(now: () => number, print: (text: string) => void) {
    this.#now = now
    this.#print = print
    this.#timer = setInterval(() => this.#flush(now() - HOLD_MS), STEP_MS)
  }

  add(t: number, text: () => string): void {
    this.#waiting.push({ t, text })
  }

  /** Prints what is left. Idempotent. */
  close(): void {
    clearInterval(this.#timer)
    this.#flush(this.#now() + Number.MAX_SAFE_INTEGER)
  }

  #flush(until: number): void {
    const due = this.#waiting.filter(line => line.t <= until).sort((a, b) => a.t - b.t)
    if (due.length === 0) return
    this.#waiting = this.#waiting.filter(line => line.t > until)
    for (const line of due) this.#print(line.text())
  }
}
