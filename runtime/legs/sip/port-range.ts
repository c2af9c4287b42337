/**
 * Media ports: even for RTP, the next for RTCP (RFC 3550 §11). A port that was given back rests before it is used again, so that late
 * packets of an old call do not reach a new one.
 */
import type { Ms } from '#runtime/media/format.ts'

const REST_MS = 10_000

export class PortRange {
  readonly from: number
  readonly to: number
  /** Free ports, the longest rested first. */
  readonly #free: { port: number; restedAt: Ms }[] = []
  #taken = 0

  constructor(from: number, to: number) {
    this.from = from + (from % 2)
    this.to = to
    for (let port = this.from; port + 1 <= to; port += 2) this.#free.push({ port, restedAt: Number.NEGATIVE_INFINITY })
  }

  get taken(): number {
    return this.#taken
  }

  get size(): number {
    return this.#free.length + this.#taken
  }

  /** An even port, or null when none is free and rested. */
  take(now: Ms): number | null {
    const first = this.#free[0]
    if (!first || first.restedAt > now) return null
    this.#free.shift()
    this.#taken += 1
    return first.port
  }

  /** Gives a port back; it rests from `now` on. A port that turned out to be used by another process is given back the same way. */
  give(port: number, now: Ms): void {
    this.#free.push({ port, restedAt: now + REST_MS })
    this.#taken -= 1
  }
}
