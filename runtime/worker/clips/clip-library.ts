/** Clips by id, decoded once and kept in both laws: a prompt plays without a session, and in the law of its call. */
import { readFileSync } from 'node:fs'
import { type Clip, readClip } from '#crds/clip.ts'
import type { AudioFormat } from '#runtime/media/format.ts'
import { decoderOf } from '#runtime/media/g711.ts'
import { workerErrors } from '../errors.ts'
import { type ClipLaws, clipLaws } from './clip-laws.ts'

/** Ship with Switchboard: `builtin:apology`, `builtin:goodbye`, `builtin:transfer` and `builtin:waiting`. */
const BUILTIN = ['apology', 'goodbye', 'transfer', 'waiting'] as const

export class ClipLibrary {
  readonly #clips = new Map<string, ClipLaws>()

  /** With the built-in clips in it. Reads files: at start only. */
  constructor() {
    for (const name of BUILTIN) {
      const clip = readClip(readFileSync(new URL(`./${name}.wav`, import.meta.url)), `${name}.wav`)
      if (typeof clip === 'string') throw workerErrors.badClip(`builtin:${name}`, clip)
      this.add(`builtin:${name}`, clip)
    }
  }

  has(id: string): boolean {
    return this.#clips.has(id)
  }

  /** A clip of a known id is left as it is: ids name the content. @throws SwitchboardError when it is too long. */
  add(id: string, clip: Clip): void {
    if (!this.#clips.has(id)) this.#clips.set(id, clipLaws(id, clip))
  }

  /** The same for one that was brought into its laws elsewhere. */
  addReady(id: string, laws: ClipLaws): void {
    if (!this.#clips.has(id)) this.#clips.set(id, laws)
  }

  /** The clip in a format, or null when there is none of that id. PCM16 formats are expanded from 8 kHz by repetition of samples. */
  get(id: string, format: AudioFormat): Uint8Array | null {
    const clip = this.#clips.get(id)
    if (!clip) return null
    if (format.encoding !== 'pcm16') return clip[format.encoding]
    const linear = decoderOf('PCMU')
    const repeat = format.rateHz / 8000
    const out = Buffer.alloc(clip.pcmu.length * repeat * 2)
    clip.pcmu.forEach((code, i) => {
      for (let k = 0; k < repeat; k++) out.writeInt16LE(linear[code] as number, 2 * (i * repeat + k))
    })
    return out
  }
}
