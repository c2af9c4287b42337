/** Audio of another leg on its way to this one: frames come as they are received, and leave by this leg's clock. */
import { type AudioFormat, bytesOf } from './format.ts'

/** Waits for this much before it begins, so that the next frame may come a little later than it should. */
const START_MS = 40
/** More than this is delay that nobody wants: the oldest goes. */
const MOST_MS = 160
const KEPT_MS = 80

export class Relay {
  readonly #ring: Uint8Array
  readonly #silence: number
  readonly #start: number
  readonly #most: number
  readonly #kept: number
  #at = 0
  #queued = 0
  #playing = false
  /** Bytes thrown away because they came too fast, and bytes of silence where they came too late. */
  dropped = 0
  missed = 0

  constructor(format: AudioFormat) {
    this.#start = bytesOf(format, START_MS)
    this.#most = bytesOf(format, MOST_MS)
    this.#kept = bytesOf(format, KEPT_MS)
    this.#ring = new Uint8Array(bytesOf(format, 2 * MOST_MS))
    this.#silence = format.encoding === 'pcmu' ? 0xff : format.encoding === 'pcma' ? 0xd5 : 0
  }

  /** Bytes that wait. */
  get queued(): number {
    return this.#queued
  }

  /** A frame of at most 100 ms. */
  push(frame: Uint8Array): void {
    const ring = this.#ring
    if (this.#queued + frame.length > this.#most) this.#drop(this.#queued - this.#kept)
    let to = (this.#at + this.#queued) % ring.length
    for (let i = 0; i < frame.length; i++) {
      ring[to] = frame[i] as number
      if (++to === ring.length) to = 0
    }
    this.#queued += frame.length
  }

  /** Fills `out` from `from` on: all of it, with silence where there is nothing. */
  fill(out: Uint8Array, from: number): void {
    const ring = this.#ring
    if (!this.#playing && this.#queued >= this.#start) this.#playing = true
    let i = from
    if (this.#playing) {
      for (; i < out.length && this.#queued > 0; i++) {
        out[i] = ring[this.#at] as number
        if (++this.#at === ring.length) this.#at = 0
        this.#queued--
      }
      this.missed += out.length - i
      this.#playing = i === out.length
    }
    for (; i < out.length; i++) out[i] = this.#silence
  }

  #drop(bytes: number): void {
    if (bytes <= 0) return
    this.#at = (this.#at + bytes) % this.#ring.length
    this.#queued -= bytes
    this.dropped += bytes
  }
}
