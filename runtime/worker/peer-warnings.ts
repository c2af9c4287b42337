/** A private address in our SDP and a public peer: the caller would hear nothing. Said once per peer. */
import type { Logger } from './logger.ts'
import { isPrivate } from './private-address.ts'

const MAX_REMEMBERED = 256

export class PeerWarnings {
  readonly #advertise: string
  readonly #log: Logger
  readonly #said = new Set<string>()

  constructor(advertise: string, log: Logger) {
    this.#advertise = advertise
    this.#log = log
  }

  check(peer: string): void {
    if (!isPrivate(this.#advertise) || isPrivate(peer) || this.#said.has(peer) || this.#said.size >= MAX_REMEMBERED)
      return
    this.#said.add(peer)
    this.#log.warn(
      { peer, advertise: this.#advertise },
      'a public peer calls, and we name a private address: it cannot send us audio; start with --advertise and an address that it reaches',
    )
  }
}
