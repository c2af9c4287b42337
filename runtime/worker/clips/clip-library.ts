/** Clips by id, decoded once and kept in both laws: a prompt plays without a session, and in the law of its call. */
import { readFileSync } from 'node:fs'
import type { AudioFormat } from '#runtime/media/format.ts'
import { converterOf, decoderOf, encoderOf } from '#runtime/media/g711.ts'
import { workerErrors } from '../errors.ts'
import { decimate } from './decimate.ts'
import { parseWav } from './wav.ts'

const MAX_SECONDS = 60
/** Ship with Switchboard: `builtin:apology` and `builtin:goodbye`. */
const BUILTIN = ['apology', 'goodbye'] as const

export class ClipLibrary {
  readonly #clips = new Map<string, { pcmu: Uint8Array; pcma: Uint8Array }>()

  /** With the built-in clips in it. Reads files: at start only. */
  constructor() {
    for (const name of BUILTIN) this.add(`builtin:${name}`, readFileSync(new URL(`./${name}.wav`, import.meta.url)))
  }

  has(id: string): boolean {
    return this.#clips.has(id)
  }

  /** @throws SwitchboardError when the file is not a clip. */
  add(id: string, file: Buffer): void {
    const wav = parseWav(file)
    if (typeof wav === 'string') throw workerErrors.badClip(id, wav)
    const seconds = wav.data.length / wav.rateHz / (wav.encoding === 'pcm16' ? 2 : 1)
    if (seconds > MAX_SECONDS) throw workerErrors.badClip(id, `it is ${Math.ceil(seconds)} s long`)
    if (wav.encoding !== 'pcm16') {
      const law = wav.encoding === 'pcmu' ? 'PCMU' : 'PCMA'
      const other = converterOf(law, law === 'PCMU' ? 'PCMA' : 'PCMU')
      const same = Uint8Array.from(wav.data)
      const converted = same.map(code => other[code] as number)
      this.#clips.set(id, law === 'PCMU' ? { pcmu: same, pcma: converted } : { pcmu: converted, pcma: same })
      return
    }
    const samples = new Int16Array(wav.data.length / 2)
    for (let i = 0; i < samples.length; i++) samples[i] = wav.data.readInt16LE(2 * i)
    const narrow = decimate(samples, wav.rateHz)
    const encode = (table: Uint8Array): Uint8Array =>
      Uint8Array.from(narrow, sample => table[sample & 0xffff] as number)
    this.#clips.set(id, { pcmu: encode(encoderOf('PCMU')), pcma: encode(encoderOf('PCMA')) })
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
