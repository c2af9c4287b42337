/** The next moment at which time alone changes a plan. */
import type { Ms } from './observed-pod.ts'

export class Wake {
  readonly #now: Ms
  #next: Ms | null = null

  constructor(now: Ms) {
    this.#now = now
  }

  get next(): Ms | null {
    return this.#next
  }

  /** What is past has had its effect. */
  at(when: Ms): void {
    if (when > this.#now && Number.isFinite(when) && (this.#next === null || when < this.#next)) this.#next = when
  }
}
