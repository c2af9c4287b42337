/** Whether anybody can call an agent, and since when nobody can. */
import type { Ms } from '#kube/clock.ts'
import type { DecidedClaim } from '#operator/trunks/claim.ts'
import type { RolloutInput } from './rollout.ts'

/** Numbers that are lost for so long are lost: pods may go. A trunk that is deleted and made anew is no reason to empty a fleet. */
export const LASTING_MS: Ms = 60_000

export class Reachability {
  readonly #since = new Map<string, Ms>()

  /** @param key of the agent */
  of(key: string, claims: readonly DecidedClaim[], now: Ms): RolloutInput['unreachable'] {
    if (claims.some(({ standing }) => standing.is === 'held')) {
      this.#since.delete(key)
      return false
    }
    // Who gets the number is decided in a moment: until then no pod is made for it, and none goes.
    if (claims.some(({ standing }) => standing.is === 'open')) return 'now'
    const since = this.#since.get(key) ?? now
    this.#since.set(key, since)
    return now - since >= LASTING_MS ? 'lasting' : 'now'
  }

  /** Null: somebody can call it. */
  since(key: string): Ms | null {
    return this.#since.get(key) ?? null
  }

  forget(key: string): void {
    this.#since.delete(key)
  }
}
