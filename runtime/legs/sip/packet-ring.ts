/** Buffers for packets on their way out. One belongs to the socket until it has left; by the time its turn comes again that is long ago. */
const PACKETS = 8
/** Header and the largest payload: 60 ms of G.711. */
const PACKET_BYTES = 12 + 480

export class PacketRing {
  readonly #packets = Array.from({ length: PACKETS }, () => Buffer.allocUnsafeSlow(PACKET_BYTES))
  /** The part of each that was taken last: nearly always of the same length, and a view costs more than it holds. */
  readonly #taken: Buffer[] = [...this.#packets]
  #at = 0

  /** To be written into. */
  get next(): Buffer {
    return this.#packets[this.#at] as Buffer
  }

  /** The first `length` bytes of what was written; the next one is another. */
  take(length: number): Buffer {
    const at = this.#at
    this.#at = (at + 1) % PACKETS
    const before = this.#taken[at] as Buffer
    if (before.length === length) return before
    const packet = (this.#packets[at] as Buffer).subarray(0, length)
    this.#taken[at] = packet
    return packet
  }
}
