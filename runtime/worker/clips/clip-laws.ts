/** A clip in both laws at 8 kHz: what a call plays. Milliseconds of work for a minute of G.711, a second for one of 24 kHz: never while calls are up. */
import type { Clip } from '#crds/clip.ts'
import { converterOf, encoderOf } from '#runtime/media/g711.ts'
import { workerErrors } from '../errors.ts'
import { decimate } from './decimate.ts'

/** Less than the playout holds, so that a clip always fits whole. */
const MAX_SECONDS = 60

export interface ClipLaws {
  readonly pcmu: Uint8Array
  readonly pcma: Uint8Array
}

/** @throws SwitchboardError when it is too long. */
export function clipLaws(id: string, { format, audio }: Clip): ClipLaws {
  const seconds = audio.length / format.rateHz / (format.encoding === 'pcm16' ? 2 : 1)
  if (seconds > MAX_SECONDS) throw workerErrors.badClip(id, `it is ${Math.ceil(seconds)} s long`)
  return format.encoding === 'pcm16' ? fromLinear(audio, format.rateHz) : fromLaw(audio, format.encoding)
}

function fromLaw(audio: Uint8Array, encoding: 'pcmu' | 'pcma'): ClipLaws {
  const table = encoding === 'pcmu' ? converterOf('PCMU', 'PCMA') : converterOf('PCMA', 'PCMU')
  const own = Uint8Array.from(audio)
  const other = own.map(code => table[code] as number)
  return encoding === 'pcmu' ? { pcmu: own, pcma: other } : { pcmu: other, pcma: own }
}

function fromLinear(audio: Uint8Array, rateHz: number): ClipLaws {
  const view = new DataView(audio.buffer, audio.byteOffset, audio.byteLength)
  const samples = Int16Array.from({ length: audio.length >> 1 }, (_, i) => view.getInt16(2 * i, true))
  const narrow = decimate(samples, rateHz)
  const encode = (table: Uint8Array): Uint8Array => Uint8Array.from(narrow, sample => table[sample & 0xffff] as number)
  return { pcmu: encode(encoderOf('PCMU')), pcma: encode(encoderOf('PCMA')) }
}
