/** Clips by id, decoded once and kept in both laws: a prompt plays without a session, and in the law of its call. */
import { readFileSync } from 'node:fs'
import { type Clip, readClip } from '#crds/clip.ts'
import type { AudioFormat } from '#runtime/media/format.ts'
import { converterOf, decoderOf, encoderOf } from '#runtime/media/g711.ts'
import { workerErrors } from '../errors.ts'
import { decimate } from './decimate.ts'

/** Less than the playout holds, so that a clip always fits whole. */
const MAX_SECONDS = 60
/** Ship with Switchboard: `builtin:apology` and `builtin:goodbye`. */
const BUILTIN = ['apology', 'goodbye'] as const

interface Laws {
  readonly pcmu: Uint8Array
  readonly pcma: Uint8Array
}

export class ClipLibrary {
  readonly #clips = new Map<string, Laws>()

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
    if (this.#clips.has(id)) return
    const { format, audio } = clip
    const seconds = audio.length / format.rateHz / (format.encoding === 'pcm16' ? 2 : 1)
    if (seconds > MAX_SECONDS) throw workerErrors.badClip(id, `it is ${Math.ceil(seconds)} s long`)
    this.#clips.set(
      id,
      format.encoding === 'pcm16' ? fromLinear(audio, format.rateHz) : fromLaw(audio, format.encoding),
    )
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

function fromLaw(audio: Uint8Array, encoding: 'pcmu' | 'pcma'): Laws {
  const table = encoding === 'pcmu' ? converterOf('PCMU', 'PCMA') : converterOf('PCMA', 'PCMU')
  const own = Uint8Array.from(audio)
  const other = own.map(code => table[code] as number)
  return encoding === 'pcmu' ? { pcmu: own, pcma: other } : { pcmu: other, pcma: own }
}

function fromLinear(audio: Uint8Array, rateHz: number): Laws {
  const view = new DataView(audio.buffer, audio.byteOffset, audio.byteLength)
  const samples = Int16Array.from({ length: audio.length >> 1 }, (_, i) => view.getInt16(2 * i, true))
  const narrow = decimate(samples, rateHz)
  const encode = (table: Uint8Array): Uint8Array => Uint8Array.from(narrow, sample => table[sample & 0xffff] as number)
  return { pcmu: encode(encoderOf('PCMU')), pcma: encode(encoderOf('PCMA')) }
}
