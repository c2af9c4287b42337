import type { MediaAddress } from '#runtime/rtp/latch.ts'

/** What takes a packet at once. */
export interface PacketSender {
  sendRtp(packet: Uint8Array, to: MediaAddress): void
}

/** Header and the largest payload: 60 ms of G.711. */
const PACKET_BYTES = 12 + 480
/**
 * A packet belongs to the socket until it has left, which is at once unless the kernel has no room for it. A buffer's turn comes again after so many
 * others, and never in the same flush.
 */
const LEAST_BUFFERS = 64

/**
 * Packets of all calls that are due at the same moment. They leave back to back: whoever receives them wakes once, and calls do not wait for
 * one another's work between their packets. The buffers are those of all calls, too: a few that are always at hand in the cache.
 */
export class Outbox {
  readonly #buffers = Array.from({ length: LEAST_BUFFERS }, () => Buffer.allocUnsafeSlow(PACKET_BYTES))
  /** The part of each that was taken last: nearly always of the same length, and a view costs more than it holds. */
  readonly #views: Buffer[] = [...this.#buffers]
  readonly #senders: PacketSender[] = []
  readonly #packets: Buffer[] = []
  readonly #targets: MediaAddress[] = []
  #at = 0

  /** To be written into. */
  get next(): Buffer {
    return this.#buffers[this.#at]!
  }

  /** The first `length` bytes of what was written into `next`. */
  put(sender: PacketSender, length: number, to: MediaAddress): void {
    this.#senders.push(sender)
    this.#packets.push(this.#view(length))
    this.#targets.push(to)
    this.#at = (this.#at + 1) % this.#buffers.length
    // what is not yet sent must stay as it is, wherever in the ring it begins
    if (this.#packets.length * 2 >= this.#buffers.length) this.#grow()
  }

  /** Sends in the order of `put`. */
  flush(): void {
    const count = this.#senders.length
    for (let i = 0; i < count; i++) {
      try {
        this.#senders[i]!.sendRtp(this.#packets[i]!, this.#targets[i]!)
      } catch {
        // one call's packet is lost; those of the others must leave
      }
    }
    this.#senders.length = 0
    this.#packets.length = 0
    this.#targets.length = 0
  }

  #view(length: number): Buffer {
    const before = this.#views[this.#at]!
    if (before.length === length) return before
    const view = this.next.subarray(0, length)
    this.#views[this.#at] = view
    return view
  }

  /** New buffers come next, before the one whose turn it would have been. */
  #grow(): void {
    const more = Array.from({ length: LEAST_BUFFERS }, () => Buffer.allocUnsafeSlow(PACKET_BYTES))
    this.#buffers.splice(this.#at, 0, ...more)
    this.#views.splice(this.#at, 0, ...more)
  }
}
