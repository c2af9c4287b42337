import { type LawName, toAlaw, toUlaw } from '#simulators/speech/g711.ts'
import { chipsOf, FRAME_SAMPLES, levelAt, MAX_NUMBER } from './code.ts'

/** 20 ms of watermark as 16-bit samples at 8 kHz. */
export function encodeSamples(item: number, frame: number): Int16Array {
  if (item < 0 || item > MAX_NUMBER || frame < 0 || frame > MAX_NUMBER) {
    throw new RangeError(`the watermark numbers items and frames from 0 to ${MAX_NUMBER}, not ${item}/${frame}`)
  }
  const chips = chipsOf(item, frame)
  const out = new Int16Array(FRAME_SAMPLES)
  for (let i = 0; i < FRAME_SAMPLES; i++) out[i] = (chips[i] ?? 0) * levelAt(frame, i)
  return out
}

/** 20 ms of watermark as 160 bytes of G.711. */
export function encode(item: number, frame: number, law: LawName = 'ulaw'): Uint8Array {
  const chips = chipsOf(item, frame)
  const law8 = law === 'ulaw' ? toUlaw : toAlaw
  const out = new Uint8Array(FRAME_SAMPLES)
  for (let i = 0; i < FRAME_SAMPLES; i++) out[i] = law8((chips[i] ?? 0) * levelAt(frame, i))
  return out
}

/** `frames` × 20 ms of an item's watermark as samples, from frame `first`. */
export function encodeItem(item: number, frames: number, first = 0): Int16Array {
  const out = new Int16Array(frames * FRAME_SAMPLES)
  for (let f = 0; f < frames; f++) out.set(encodeSamples(item, first + f), f * FRAME_SAMPLES)
  return out
}
