/**
 * What a controller has written and not yet seen in its cache, as client-go's ControllerExpectations, but by name and uid instead of by
 * number: until the cache shows it, the cache lies, and planning from it would create or delete twice.
 */
import type { Ms } from '../clock.ts'

/** After so long a write that was never seen is given up: its watch event was lost or it never happened. As in client-go. */
const EXPIRES_MS: Ms = 300_000

export class Expectations {
  readonly #byKey = new Map<string, { readonly creates: Map<string, Ms>; readonly deletes: Map<string, Ms> }>()
  readonly #expiresMs: Ms

  constructor(expiresMs: Ms = EXPIRES_MS) {
    this.#expiresMs = expiresMs
  }

  /** Say it before the request is sent: its event may come before its answer. */
  expectCreate(key: string, name: string, now: Ms): void {
    this.#of(key).creates.set(name, now)
  }

  expectDelete(key: string, uid: string, now: Ms): void {
    this.#of(key).deletes.set(uid, now)
  }

  /** The cache shows an object, or its create was refused for certain. A create that timed out may still happen: leave it expected. */
  sawCreate(key: string, name: string): void {
    this.#byKey.get(key)?.creates.delete(name)
    this.#prune(key)
  }

  /** The cache shows an object gone or being deleted, or its delete was refused. */
  sawDelete(key: string, uid: string): void {
    this.#byKey.get(key)?.deletes.delete(uid)
    this.#prune(key)
  }

  /** `waiting`: do not plan, an event will come. `expired`: something never came; look at the server itself, then {@link forget}. */
  state(key: string, now: Ms): 'satisfied' | 'waiting' | 'expired' {
    const expected = this.#byKey.get(key)
    if (expected === undefined) return 'satisfied'
    for (const since of [...expected.creates.values(), ...expected.deletes.values()])
      if (now - since >= this.#expiresMs) return 'expired'
    return 'waiting'
  }

  /** Names and uids that are awaited. */
  awaited(key: string): { readonly creates: readonly string[]; readonly deletes: readonly string[] } {
    const expected = this.#byKey.get(key)
    return { creates: [...(expected?.creates.keys() ?? [])], deletes: [...(expected?.deletes.keys() ?? [])] }
  }

  forget(key: string): void {
    this.#byKey.delete(key)
  }

  #of(key: string) {
    let expected = this.#byKey.get(key)
    if (expected === undefined) {
      expected = { creates: new Map<string, Ms>(), deletes: new Map<string, Ms>() }
      this.#byKey.set(key, expected)
    }
    return expected
  }

  #prune(key: string): void {
    const expected = this.#byKey.get(key)
    if (expected?.creates.size === 0 && expected.deletes.size === 0) this.#byKey.delete(key)
  }
}
