/** The circuit breakers of a worker: one per provider, host and model, shared by its calls. */
import type { Ms } from '#runtime/media/format.ts'
import { admit, type Breaker, createBreaker, failed, released, succeeded } from './breaker.ts'
import {
  sessionAddress,
  sessionExpired,
  sessionFormat,
  sessionNotFound,
  sessionRefused,
  sessionUnauthorized,
} from './errors.ts'

export interface BreakerKey {
  readonly provider: string
  readonly host: string
  readonly model: string
}

export interface BreakerReading extends BreakerKey {
  readonly state: Breaker['state']
}

/** One try to have a session. Each of these counts once; after the first of ready, failed and left, only `lost` does. */
export interface Attempt {
  ready(): void
  /** It was not to be had. */
  failed(code: string): void
  /** It was ready, and then its provider let it go. */
  lost(code: string): void
  /** Nobody wanted it any more before it was ready. */
  left(): void
}

/** Faults of what we asked for, or the provider's ordinary ways: another agent's call need not suffer from them. */
const OURS: ReadonlySet<string> = new Set(
  [sessionUnauthorized, sessionNotFound, sessionRefused, sessionFormat, sessionAddress, sessionExpired].map(
    e => e.code,
  ),
)
/** More than any worker has models; the oldest goes first. */
const MAX_KEYS = 256

export class Breakers {
  readonly #byKey = new Map<string, { key: BreakerKey; breaker: Breaker }>()
  readonly #now: () => Ms
  readonly #changed: (reading: BreakerReading, code: string) => void

  /** @param changed told when one opens, is probed, or closes */
  constructor(now: () => Ms, changed: (reading: BreakerReading, code: string) => void) {
    this.#now = now
    this.#changed = changed
  }

  get readings(): BreakerReading[] {
    return [...this.#byKey.values()].map(({ key, breaker }) => ({ ...key, state: breaker.state }))
  }

  /** Null: it is open. `anyway`: whatever it says, for there is no other to turn to. */
  begin(key: BreakerKey, anyway: boolean): Attempt | null {
    const breaker = this.#of(key)
    let may = false
    this.#change(key, breaker, '', () => {
      may = admit(breaker, this.#now())
    })
    if (!may && !anyway) return null
    let over = false
    const once = (code: string, change: () => void): void => {
      if (over) return
      over = true
      this.#change(key, breaker, code, change)
    }
    const count = (code: string) => (): void => {
      if (OURS.has(code)) released(breaker)
      else failed(breaker, this.#now())
    }
    return {
      ready: () => once('', () => succeeded(breaker)),
      failed: code => once(code, count(code)),
      lost: code => this.#change(key, breaker, code, count(code)),
      left: () => once('', () => released(breaker)),
    }
  }

  #of(key: BreakerKey): Breaker {
    const id = `${key.provider}\n${key.host}\n${key.model}`
    const known = this.#byKey.get(id)
    if (known) return known.breaker
    if (this.#byKey.size >= MAX_KEYS) this.#byKey.delete(this.#byKey.keys().next().value ?? '')
    const breaker = createBreaker()
    this.#byKey.set(id, { key, breaker })
    return breaker
  }

  #change(key: BreakerKey, breaker: Breaker, code: string, change: () => void): void {
    const before = breaker.state
    change()
    if (breaker.state !== before) this.#changed({ ...key, state: breaker.state }, code)
  }
}
