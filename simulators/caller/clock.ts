import type { Ms } from '#runtime/media/format.ts'

/** CLOCK_MONOTONIC in ms: comparable between the processes of one machine. */
export function monotonicMs(): Ms {
  return Number(process.hrtime.bigint()) / 1e6
}
