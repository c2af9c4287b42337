/** How late the media loop gets round to what is due. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Ms } from '#runtime/media/format.ts'

const SAMPLE_MS = 20

export class LoopLag {
  readonly #delays = monitorEventLoopDelay({ resolution: SAMPLE_MS })

  open(): void {
    this.#delays.enable()
  }

  /** p99 since it was last asked for. */
  take(): Ms {
    const lag = Math.max(0, this.#delays.percentile(99) / 1e6 - SAMPLE_MS)
    this.#delays.reset()
    return lag
  }

  /** Idempotent. */
  close(): void {
    this.#delays.disable()
  }
}
