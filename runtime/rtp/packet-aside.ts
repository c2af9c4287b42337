import type { Ms } from '#runtime/media/format.ts'
import { MAX_PAYLOAD } from './reorder-buffer.ts'

/** A copy of the one packet that is on probation: if the next proves its stream, nothing of that is lost. */
export class PacketAside {
  readonly packet = new Uint8Array(MAX_PAYLOAD + 100)
  #length = 0
  #at: Ms = 0

  /** When it came. */
  get at(): Ms {
    return this.#at
  }

  put(packet: Uint8Array, length: number, now: Ms): void {
    this.#length = length <= this.packet.length ? length : 0
    for (let i = 0; i < this.#length; i++) this.packet[i] = packet[i]!
    this.#at = now
  }

  /** Its length, once; 0: there is none. The bytes stay until the next `put`. */
  take(): number {
    const length = this.#length
    this.#length = 0
    return length
  }
}
