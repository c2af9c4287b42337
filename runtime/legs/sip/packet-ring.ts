/** Buffers for packets on their way out. One belongs to the socket until it has left; by the time its turn comes again that is long ago. */
const PACKETS = 8
/** Header and the largest payload: 60 ms of G.711. */
const PACKET_BYTES = 12 + 480

export class PacketRing {
  readonly #packets = Array.from({ length: PACKETS }, () => Buffer.allocUnsafeSlow(PACKET_BYTES))
  #at = 0

  /** To be written into. */
  get next(): Buffer {
    return this.#packets[this.#at] as Buffer
  }

  /** The first `length` bytes of what was written; the next one is another. */
  take(length: number): Buffer {
    const packet = this.next.subarray(0, length)
    this.#at = (this.#at + 1) % PACKETS
    return packet
  }
}
