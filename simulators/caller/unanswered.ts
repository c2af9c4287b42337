/** A call that nobody has answered: says what is waited for, and what to check when nobody ever does. */
import type { SwitchboardError } from '#errors/registry.ts'
import type { Ms } from '#runtime/media/format.ts'
import { callerErrors } from './errors.ts'
import type { CallerWhat } from './events.ts'
import type { Route } from './route.ts'

/** Nothing came by then: the caller says what is waited for. */
const WAITING_MS = 3000
/** An INVITE without any answer is given up after 64*T1 (RFC 3261 §17.1.1.2). */
const NO_ANSWER_MS = 32_000

export class Unanswered {
  readonly #route: Route
  readonly #tell: (what: CallerWhat) => void
  #timer: NodeJS.Timeout | null = null

  constructor(route: Route, tell: (what: CallerWhat) => void) {
    this.#route = route
    this.#tell = tell
  }

  /** The INVITE is sent. `ringMs`: how long it may ring; `heard`: whether there was a sign of life. */
  wait(ringMs: Ms, heard: () => boolean): void {
    this.#timer = setTimeout(() => {
      const limitMs = heard() ? ringMs : NO_ANSWER_MS
      this.#tell({ type: 'waiting', at: this.#at, transport: this.#route.transport, heard: heard(), limitMs })
    }, WAITING_MS)
  }

  /** Something came, or all is over. Idempotent. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** The network says that nobody is there. */
  refused(code: string): void {
    this.#fault(callerErrors.refused(this.#at, this.#route.transport.toUpperCase(), code))
  }

  /** Nothing came until the end. */
  nothing(afterMs: Ms): void {
    const { transport, local } = this.#route
    this.#fault(callerErrors.noAnswer(this.#at, transport.toUpperCase(), Math.round(afterMs / 1000), local))
  }

  get #at(): string {
    return `${this.#route.address}:${this.#route.port}`
  }

  #fault({ code, message, help }: SwitchboardError): void {
    this.#tell({ type: 'fault', code, detail: message, help })
  }
}
