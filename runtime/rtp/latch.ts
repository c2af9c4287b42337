import type { Ms } from '#runtime/media/format.ts'

export interface MediaAddress {
  readonly address: string
  readonly port: number
}

/** A peer behind a NAT may send from elsewhere than its SDP says: for this long after the ACK we follow it. */
export const LATCH_MS = 2000

/**
 * Whose packets are the call's, and where ours go. Before the ACK nobody's: whoever guesses a port must not get into a call that is still
 * ringing. Then those from the address in the SDP, which always wins; or, once within {@link LATCH_MS} and until the SDP's address is
 * heard, those of the first other address that `mayLatch` (the trunk's media ranges) allows. New SDP begins anew.
 */
export class Latch {
  readonly #mayLatch: (address: string) => boolean
  #named: MediaAddress | null = null
  #latched: MediaAddress | null = null
  #heardNamed = false
  #until: Ms | null = null
  /** Packets of strangers. */
  refused = 0

  constructor(mayLatch: (address: string) => boolean) {
    this.#mayLatch = mayLatch
  }

  /** Where our packets go; null before the first SDP. */
  get target(): MediaAddress | null {
    return this.#latched ?? this.#named
  }

  /** The peer's SDP names an address. The same as before changes nothing, so that a re-offer does not reopen the door. */
  name(address: string, port: number, now: Ms): void {
    if (this.#named?.address === address && this.#named.port === port) return
    this.#named = { address, port }
    this.#latched = null
    this.#heardNamed = false
    if (this.#until !== null) this.#until = now + LATCH_MS
  }

  /** The ACK of the first answer came. */
  acked(now: Ms): void {
    this.#until ??= now + LATCH_MS
  }

  /** Whether a packet from there is the call's. */
  admit(address: string, port: number, now: Ms): boolean {
    if (this.#until !== null && this.#belongs(address, port, now, this.#until)) return true
    this.refused++
    return false
  }

  #belongs(address: string, port: number, now: Ms, until: Ms): boolean {
    const { address: named, port: namedPort } = this.#named ?? { address: '', port: 0 }
    if (address === named && port === namedPort) {
      this.#heardNamed = true
      this.#latched = null
      return true
    }
    if (this.#latched) return address === this.#latched.address && port === this.#latched.port
    if (this.#named === null || this.#heardNamed || now > until) return false
    if (port === 0) return false // no sender has it, and nothing can be sent there
    if (address !== named && !this.#mayLatch(address)) return false
    this.#latched = { address, port }
    return true
  }
}
