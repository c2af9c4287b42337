/** Where packets came late: the machine was too busy for the phone or the worker, and no time measured then says anything of them. */
import type { Wire } from './wire.ts'

export interface Stall {
  /** Arrival of the packet before and the packet behind it, CLOCK_MONOTONIC, ms. */
  readonly from: number
  readonly to: number
}

/** Both sides send every 20 ms, silence too. A worker that wakes up this late may be silent 60 ms after it was told, and no sooner. */
const LATE_MS = 40
const PACKET_MS = 20
const APART_MS = 15

/** Gaps between the packets of one direction. */
export function gapsOf({ packets }: Wire): Stall[] {
  return packets.flatMap((packet, i) => {
    const from = packets[i - 1]?.t ?? packet.t
    return packet.t - from > LATE_MS ? [{ from, to: packet.t }] : []
  })
}

/**
 * Gaps of one call in which the worker went on sending to another: it did run, so this is no stall but its own doing. One packet is not
 * enough, for it can be held up between one call's packet and the next one's; two with time between them are.
 * Of a capture that lost packets nothing can be told.
 * @param others what came to the other phones
 */
export function aloneOf(wire: Wire, others: readonly Wire[]): Stall[] {
  if (wire.lost > 0) return []
  return gapsOf(wire).filter(({ from, to }) =>
    others.some(({ packets }) => {
      const within = packets.filter(({ t }) => t > from + PACKET_MS && t < to - PACKET_MS)
      return (within.at(-1)?.t ?? 0) - (within[0]?.t ?? 0) > APART_MS
    }),
  )
}

export function stalledIn(stalls: readonly Stall[], from: number, to: number): boolean {
  return stalls.some(s => s.from < to && s.to > from)
}
