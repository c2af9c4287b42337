import type { Ms } from '#runtime/media/format.ts'
import { sequenceDelta, timestampDelta } from './sequence.ts'

/** Longest payload that is taken: 120 ms of G.711. Nobody sends more; what is longer is no call's audio. */
export const MAX_PAYLOAD = 960
const SLOTS = 16

/** One packet that waits for an earlier one; audio already in the session's law. */
export interface WaitingPacket {
  timestamp: number
  sequence: number
  arrival: Ms
  length: number
  readonly audio: Uint8Array
}

/** Packets ahead of their turn, in the order of their timestamps. Preallocated; a few at most. */
export class ReorderBuffer {
  readonly #order: WaitingPacket[] = []
  readonly #free: WaitingPacket[]

  constructor() {
    const all = new Uint8Array(SLOTS * MAX_PAYLOAD)
    this.#free = Array.from({ length: SLOTS }, (_, i) => ({
      timestamp: 0,
      sequence: 0,
      arrival: 0,
      length: 0,
      audio: all.subarray(i * MAX_PAYLOAD, (i + 1) * MAX_PAYLOAD),
    }))
  }

  get size(): number {
    return this.#order.length
  }

  get full(): boolean {
    return this.#free.length === 0
  }

  get first(): WaitingPacket | undefined {
    return this.#order[0]
  }

  /** When the packet that has waited longest came; Infinity when none waits. */
  get waitingSince(): Ms {
    let since = Infinity
    for (const packet of this.#order) if (packet.arrival < since) since = packet.arrival
    return since
  }

  /** A place in order for a packet, its audio to be filled in; null when one with this timestamp or number is there, or no room is. */
  place(timestamp: number, sequence: number, length: number, arrival: Ms): WaitingPacket | null {
    let at = this.#order.length
    for (let i = this.#order.length - 1; i >= 0; i--) {
      const other = this.#order[i]!
      const delta = timestampDelta(timestamp, other.timestamp)
      if (delta === 0 || sequenceDelta(sequence, other.sequence) === 0) return null
      if (delta < 0) at = i
    }
    const packet = this.#free.pop()
    if (!packet) return null
    packet.timestamp = timestamp
    packet.sequence = sequence
    packet.length = length
    packet.arrival = arrival
    this.#order.splice(at, 0, packet)
    return packet
  }

  /** Takes the first off; its contents stay valid until the next `place`. */
  shift(): void {
    const packet = this.#order.shift()
    if (packet) this.#free.push(packet)
  }

  clear(): void {
    while (this.#order.length > 0) this.shift()
  }
}
