/** Where packets came late: the machine was too busy for the phone or the worker, and no time measured then says anything of them. */
import type { Wire } from '#test/measure/wire.ts'

export interface Stall {
  /** Arrival of the packet before and the packet behind it, CLOCK_MONOTONIC, ms. */
  readonly from: number
  readonly to: number
}

/** Both sides send every 20 ms, silence too. */
const LATE_MS = 50

/** @param wires both directions of a call */
export function stallsOf(...wires: readonly Wire[]): Stall[] {
  return wires.flatMap(({ packets }) =>
    packets.flatMap((packet, i) => {
      const from = packets[i - 1]?.t ?? packet.t
      return packet.t - from > LATE_MS ? [{ from, to: packet.t }] : []
    }),
  )
}

export function stalledIn(stalls: readonly Stall[], from: number, to: number): boolean {
  return stalls.some(s => s.from < to && s.to > from)
}
