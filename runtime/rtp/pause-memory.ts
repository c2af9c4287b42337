import { sequenceDelta } from './sequence.ts'

const REMEMBERED = 32

/** The numbers of the latest packets without audio (keys, comfort noise): a hole made of them is a pause, not a loss. */
export class PauseMemory {
  readonly #numbers = new Int32Array(REMEMBERED).fill(-1)
  #at = 0

  add(sequence: number): void {
    this.#numbers[this.#at] = sequence
    this.#at = (this.#at + 1) % REMEMBERED
  }

  clear(): void {
    this.#numbers.fill(-1)
  }

  /** Whether nothing but such packets lies between the two, so that no audio is missing. */
  explains(last: number, next: number): boolean {
    const between = sequenceDelta(next, last)
    if (between < 1 || between > REMEMBERED) return false
    for (let i = 1; i < between; i++) if (!this.#numbers.includes((last + i) & 0xffff)) return false
    return true
  }
}
