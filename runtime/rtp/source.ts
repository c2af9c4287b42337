import { sequenceDelta } from './sequence.ts'

/** RFC 3550 A.1. */
const MAX_DROPOUT = 3000
const MAX_MISORDER = 100

/**
 * What a packet means for the stream it claims to belong to.
 * - `start`: begins a stream: the very first packet, or the second in a row of a new SSRC or of numbers far away. Forget what was before;
 *   a packet that was on probation just before it belongs to the new stream.
 * - `next`: newer than everything so far.
 * - `old`: not newer: late or twice.
 * - `probation`: of another SSRC, or far away: keep it aside, the next packet decides. A stray one changes nothing.
 */
export type SourceVerdict = 'start' | 'next' | 'old' | 'probation'

/** Follows one synchronisation source by its sequence numbers, through loss, disorder, restarts and changes of source (RFC 3550 A.1). */
export class Source {
  #known = false
  #ssrc = 0
  #newest = 0
  #candidate = false
  #candidateSsrc = 0
  #candidateNext = 0

  get ssrc(): number | null {
    return this.#known ? this.#ssrc : null
  }

  /** The newest sequence number of the stream. */
  get newest(): number {
    return this.#newest
  }

  observe(ssrc: number, sequence: number): SourceVerdict {
    if (!this.#known) return this.#start(ssrc, sequence)
    if (ssrc === this.#ssrc) {
      const delta = sequenceDelta(sequence, this.#newest)
      if (delta > 0 && delta < MAX_DROPOUT) {
        this.#newest = sequence
        this.#candidate = false
        return 'next'
      }
      if (delta <= 0 && delta > -MAX_MISORDER) return 'old'
    }
    if (this.#candidate && ssrc === this.#candidateSsrc && sequence === this.#candidateNext) {
      return this.#start(ssrc, sequence)
    }
    this.#candidate = true
    this.#candidateSsrc = ssrc
    this.#candidateNext = (sequence + 1) & 0xffff
    return 'probation'
  }

  #start(ssrc: number, sequence: number): SourceVerdict {
    this.#known = true
    this.#ssrc = ssrc
    this.#newest = sequence
    this.#candidate = false
    return 'start'
  }
}
