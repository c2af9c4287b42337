/** What the model says, as audio that is made while it is sent. */
import { spoken } from '#simulators/speech/library.ts'
import { naturalMs, placeholder } from '#simulators/speech/placeholder.ts'
import { FRAME_SAMPLES, MAX_NUMBER } from '#simulators/watermark/code.ts'
import { encode } from '#simulators/watermark/encode.ts'

/** `words`: recorded clips, placeholder sound where there is none. `watermark`: as long, but every 20 ms names item and offset. */
export type SpeechKind = 'words' | 'watermark'

const SAMPLES_PER_MS = 8

export interface Utterance {
  readonly ms: number
  /** µ-law at 8 kHz between two offsets. */
  read(fromMs: number, toMs: number): Uint8Array
}

/** @param mark the item's number in the watermark; @param ms length, when it is not the words that decide */
export function utter(kind: SpeechKind, text: string, mark: number, ms?: number): Utterance {
  const clip = kind === 'watermark' && ms !== undefined ? null : spoken(text)
  const length = ms ?? (clip === null ? naturalMs(text) : clip.length / SAMPLES_PER_MS)
  if (kind === 'watermark') return watermarked(mark, length)
  const audio = clip !== null && ms === undefined ? clip : placeholder(length)
  return {
    ms: audio.length / SAMPLES_PER_MS,
    read: (from, to) => audio.subarray(Math.round(from * SAMPLES_PER_MS), Math.round(to * SAMPLES_PER_MS)),
  }
}

function watermarked(mark: number, length: number): Utterance {
  // To the sample, as a model speaks: an item may end in the middle of a frame, and the next one begins there.
  const samples = Math.min(MAX_NUMBER * FRAME_SAMPLES, Math.round(length * SAMPLES_PER_MS))
  return {
    ms: samples / SAMPLES_PER_MS,
    read(from, to) {
      const start = Math.round(from * SAMPLES_PER_MS)
      const end = Math.min(samples, Math.round(to * SAMPLES_PER_MS))
      const out = new Uint8Array(Math.max(0, end - start))
      for (let at = start; at < end; ) {
        const frame = Math.floor(at / FRAME_SAMPLES)
        const stop = Math.min(end, (frame + 1) * FRAME_SAMPLES)
        out.set(encode(mark, frame).subarray(at - frame * FRAME_SAMPLES, stop - frame * FRAME_SAMPLES), at - start)
        at = stop
      }
      return out
    },
  }
}
