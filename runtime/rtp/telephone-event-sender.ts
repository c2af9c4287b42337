import type { Ms } from '#runtime/media/format.ts'
import { EVENT_BYTES, KEYS } from './telephone-event.ts'

/** The end is said three times (RFC 4733 §2.5.1.4). */
const END_PACKETS = 3
const MAX_QUEUED = 64
/** −10 dBm0, what Q.24 receivers are built for. */
const VOLUME = 10
const MAX_DURATION = 0xffff

export interface DigitOptions {
  /** Length of a key. Default 100 ms; receivers need 40 (ITU-T Q.24). */
  readonly toneMs?: Ms
  /** Silence between two keys. Default 70 ms. */
  readonly gapMs?: Ms
}

interface Key {
  readonly event: number
  readonly tone: number
  readonly gap: number
}

/** Says keys as telephone events, one packet per interval: start, updates, three ends, a pause. The packet's sequence number, marker and clock are the packetiser's. */
export class TelephoneEventSender {
  readonly #queue: Key[] = []
  #elapsed = 0
  #ends = 0
  #gap = 0
  #timestamp = 0

  /** Keys or their pauses are still to be sent: audio waits. */
  get active(): boolean {
    return this.#queue.length > 0 || this.#gap > 0
  }

  /** False, and nothing queued, for a character that is no key or when too many wait. */
  queue(digits: string, samplesPerMs: number, options: DigitOptions = {}): boolean {
    if (this.#queue.length + digits.length > MAX_QUEUED) return false
    const keys: Key[] = []
    for (const digit of digits.toUpperCase()) {
      const event = KEYS.indexOf(digit)
      if (event < 0) return false
      const tone = Math.min(MAX_DURATION, Math.max(1, Math.round((options.toneMs ?? 100) * samplesPerMs)))
      keys.push({ event, tone, gap: Math.max(0, Math.round((options.gapMs ?? 70) * samplesPerMs)) })
    }
    this.#queue.push(...keys)
    return true
  }

  /** The timestamp of the event packet just written: that of the key's beginning, frozen over all its packets. */
  get timestamp(): number {
    return this.#timestamp
  }

  /**
   * One interval of `samples` at clock `timestamp`.
   * Writes the payload at `out[at]` and says whether it begins a key; 'pause' when silence is to be sent instead.
   */
  step(out: Uint8Array, at: number, timestamp: number, samples: number): 'begin' | 'goOn' | 'pause' {
    if (this.#gap > 0) {
      this.#gap = Math.max(0, this.#gap - samples)
      return 'pause'
    }
    const key = this.#queue[0]!
    const begins = this.#elapsed === 0
    if (begins) this.#timestamp = timestamp
    this.#elapsed += samples
    const ended = this.#elapsed >= key.tone
    const duration = ended ? key.tone : this.#elapsed
    out[at] = key.event
    out[at + 1] = (ended ? 0x80 : 0) | VOLUME
    out[at + 2] = duration >> 8
    out[at + 3] = duration & 0xff
    if (ended && ++this.#ends === END_PACKETS) {
      // Repeats of the end fall into the pause already.
      this.#gap = Math.max(0, key.tone + key.gap - this.#elapsed)
      this.#elapsed = 0
      this.#ends = 0
      this.#queue.shift()
    }
    return begins ? 'begin' : 'goOn'
  }

  static readonly bytes = EVENT_BYTES
}
