/** Calls of functions whose answers the model waits for: it goes on when it has them all. */
import type { Trigger } from '#simulators/realtime/director.ts'

export class ToolWaits {
  readonly #open = new Map<string, string>()
  #answers: Trigger[] = []

  add(id: string, name: string): void {
    this.#open.set(id, name)
  }

  /** False: nobody waits for it. */
  answer(id: string, text: string): boolean {
    const tool = this.#open.get(id)
    if (tool === undefined) return false
    this.#open.delete(id)
    this.#answers.push({ on: 'tool', tool, text })
    return true
  }

  /** All answers, once the last has come; null: some are missing, or nobody waits. */
  take(): readonly Trigger[] | null {
    if (this.#open.size > 0 || this.#answers.length === 0) return null
    return this.#answers.splice(0)
  }

  /** Nobody waits any more; the calls whose answers were missing. */
  cancel(): string[] {
    const ids = [...this.#open.keys()]
    if (ids.length === 0) return []
    this.#open.clear()
    this.#answers = []
    return ids
  }
}
