/** A bad line: what becomes of each packet. One object for each way, so that the ways do not disturb each other's dice. */
import type { Ms } from '#runtime/media/format.ts'
import { seeded } from './random.ts'

export interface LineFaults {
  /** Packets lost, 0 … 100 percent. */
  readonly lossPercent: number
  /** Packets are late by 0 up to this, evenly: beyond 20 ms they overtake each other. */
  readonly jitterMs: Ms
}

export class Impairment {
  readonly #faults: LineFaults
  readonly #random: () => number
  #lost = 0

  constructor(faults: LineFaults, seed: number) {
    this.#faults = faults
    this.#random = seeded(seed)
  }

  /** Packets lost on purpose so far. */
  get lost(): number {
    return this.#lost
  }

  /** How late the next packet is, in ms; null: it is lost. Two dice a packet, so that loss does not change the jitter. */
  fate(): Ms | null {
    const [chance, late] = [this.#random(), this.#random()]
    if (chance * 100 < this.#faults.lossPercent) {
      this.#lost++
      return null
    }
    return late * this.#faults.jitterMs
  }
}
