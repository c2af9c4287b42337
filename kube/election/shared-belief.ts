/**
 * What the lease thread and the main thread tell each other without waiting for an event loop: until when we lead, and when the main thread
 * last gave a sign of life. Both in microseconds of the machine's monotonic clock, which all threads read alike.
 */
import type { Ms } from '../clock.ts'

const BELIEVE_UNTIL = 0
const MAIN_BEAT = 1
const CELLS = 2

/** Monotonic milliseconds, the same in every thread (unlike `performance.now()`). */
export function machineNow(): Ms {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

export class SharedBelief {
  readonly buffer: SharedArrayBuffer
  readonly #cells: BigInt64Array

  constructor(buffer = new SharedArrayBuffer(CELLS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#cells = new BigInt64Array(buffer)
  }

  get believeUntil(): Ms {
    return Number(Atomics.load(this.#cells, BELIEVE_UNTIL)) / 1000
  }

  set believeUntil(at: Ms) {
    Atomics.store(this.#cells, BELIEVE_UNTIL, BigInt(Math.floor(at * 1000)))
  }

  get mainBeat(): Ms {
    return Number(Atomics.load(this.#cells, MAIN_BEAT)) / 1000
  }

  beat(): void {
    Atomics.store(this.#cells, MAIN_BEAT, BigInt(Math.floor(machineNow() * 1000)))
  }
}
