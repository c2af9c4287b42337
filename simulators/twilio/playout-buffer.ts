/** What Twilio has of the other side's audio: a buffer without a bound, played at 8 kHz, with marks in it. Pure. */

interface Entry {
  readonly audio: Buffer
  at: number
}

const SILENCE = 0xff

export class PlayoutBuffer {
  readonly #queue: (Entry | string)[] = []
  #bytes = 0
  /** Frames in the middle of which audio ran out: whatever was to follow begins between two frames. */
  torn = 0

  /** Milliseconds that wait to be heard. */
  get waitingMs(): number {
    return this.#bytes / 8
  }

  media(audio: Buffer): void {
    this.#queue.push({ audio, at: 0 })
    this.#bytes += audio.length
  }

  /** @returns marks that are due at once: nothing is before them */
  mark(name: string): string[] {
    this.#queue.push(name)
    return this.#due()
  }

  /** Drops all audio. @returns all marks that waited, as Twilio echoes them */
  clear(): string[] {
    const marks = this.#queue.filter(entry => typeof entry === 'string')
    this.#queue.length = 0
    this.#bytes = 0
    return marks
  }

  /** Plays as much as `out` takes; silence behind it. @returns marks that were reached */
  play(out: Uint8Array): string[] {
    let filled = 0
    const marks: string[] = []
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (typeof first === 'string') {
        marks.push(first)
        this.#queue.shift()
        continue
      }
      if (filled === out.length) break
      const n = Math.min(out.length - filled, first.audio.length - first.at)
      out.set(first.audio.subarray(first.at, first.at + n), filled)
      filled += n
      first.at += n
      this.#bytes -= n
      if (first.at === first.audio.length) this.#queue.shift()
    }
    if (filled > 0 && filled < out.length) this.torn += 1
    out.fill(SILENCE, filled)
    return marks
  }

  #due(): string[] {
    const marks: string[] = []
    for (let first = this.#queue[0]; typeof first === 'string'; first = this.#queue[0]) {
      marks.push(first)
      this.#queue.shift()
    }
    return marks
  }
}
