/** How many pods are under replacement because Switchboard changed: asked at every turn of every agent, so the sum is kept. Pure. */
export class Replacing {
  /** Of agents that have any. */
  readonly #counts = new Map<string, number>()
  #all = 0

  set(agent: string, count: number): void {
    this.#all += count - (this.#counts.get(agent) ?? 0)
    if (count > 0) this.#counts.set(agent, count)
    else this.#counts.delete(agent)
  }

  /** Of all agents but this one. */
  byOthers(agent: string): number {
    return this.#all - (this.#counts.get(agent) ?? 0)
  }
}
