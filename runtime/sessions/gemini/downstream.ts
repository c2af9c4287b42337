/** The agent's sound on its way to the phone: 24 kHz PCM in base64 becomes the call's G.711, as a stream per item. */
import type { Law } from '#runtime/media/format.ts'
import { encoderOf } from '#runtime/media/g711.ts'
import { Downsampler } from '#runtime/media/resample.ts'
import { decodeAudio } from '../wire/audio-bytes.ts'

/** Sound that is turned over at a time: a message may hold seconds of it. */
const CHUNK = 4800

export class Downstream {
  readonly #codes: Uint8Array
  readonly #down = new Downsampler()
  readonly #samples = new Int16Array(Downsampler.most(CHUNK))
  readonly #bytes = new Uint8Array(this.#samples.length)
  /** Of whom the filter holds something; '': of nobody. */
  #item = ''
  /** Half a sample that ended a message; -1: none. */
  #odd = -1

  constructor(law: Law) {
    this.#codes = encoderOf(law)
  }

  /**
   * @param take is given views that are used again
   * @returns false: it is not base64
   */
  push(item: string, data: string, take: (audio: Uint8Array) => void): boolean {
    const bytes = decodeAudio(data)
    if (bytes === null) return false
    if (item !== this.#item) this.clear()
    this.#item = item
    const samples = this.#samplesOf(bytes)
    for (let at = 0; at < samples.length; at += CHUNK)
      this.#give(this.#down.push(samples.subarray(at, at + CHUNK), this.#samples), take)
    return true
  }

  /** The item is complete: what the filter still holds of it. */
  finish(item: string, take: (audio: Uint8Array) => void): void {
    if (item !== this.#item) return
    this.#give(this.#down.flush(this.#samples), take)
    this.#item = ''
    this.#odd = -1
  }

  /** Forgets what the filter holds. */
  clear(): void {
    this.#down.flush(this.#samples)
    this.#item = ''
    this.#odd = -1
  }

  #samplesOf(bytes: Uint8Array): Int16Array {
    const even = this.#odd < 0 && bytes.length % 2 === 0 && bytes.byteOffset % 2 === 0
    if (even) return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
    const all = this.#odd < 0 ? Uint8Array.from(bytes) : Uint8Array.from([this.#odd, ...bytes])
    this.#odd = all.length % 2 === 0 ? -1 : (all.at(-1) ?? -1)
    return new Int16Array(all.buffer, 0, Math.floor(all.length / 2))
  }

  #give(count: number, take: (audio: Uint8Array) => void): void {
    if (count === 0) return
    const codes = this.#codes
    for (let i = 0; i < count; i++) this.#bytes[i] = codes[this.#samples[i]! & 0xffff]!
    take(this.#bytes.subarray(0, count))
  }
}
