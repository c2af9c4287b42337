import { chipsOf, FRAME_SAMPLES, levelOf } from './code.ts'
import type { Mark } from './decode.ts'

/** What a recording holds of one item. */
export interface HeardOf {
  readonly item: number
  /** Frames found, each counted once; the last may be cut. */
  readonly frames: number
  /** Frame numbers between the first and the last that are missing. */
  readonly missing: readonly number[]
  /** First and one past the last sample of the item in the recording, partial frames at both ends resolved. */
  readonly firstSample: number
  readonly endSample: number
  /** One past the last heard sample, counted in the item's own audio at 8 kHz: what a truncation should name (÷ 8 = ms). */
  readonly endOffset: number
}

/** Samples of a found frame that are surely there: a frame is still read when a third of it is gone. */
const SURE_SAMPLES = 60

/** Loudness of the recording relative to the encoder's, by the sure part of a frame. */
function scaleAt(samples: Int16Array, mark: Mark): number {
  let sum = 0
  for (let i = 0; i < SURE_SAMPLES; i++) sum += Math.abs(samples[mark.sampleIndex + i] ?? 0)
  return sum / SURE_SAMPLES / levelOf(mark.frame)
}

/**
 * How far the signal agrees with what an item would sound like from frame `from` on (or, with step −1, backwards from its end): the
 * maximum of Σ (x·chip − level/2), which rises while the item is there and falls in silence or in anything else.
 */
function extent(samples: Int16Array, at: number, item: number, frames: readonly number[], scale: number, step: 1 | -1) {
  let sum = 0
  let best = 0
  let length = 0
  let n = 0
  for (const frame of frames) {
    const chips = chipsOf(item, frame)
    const level = levelOf(frame) * scale
    for (let i = 0; i < FRAME_SAMPLES; i++, n++) {
      const x = samples[step === 1 ? at + n : at - 1 - n] ?? 0
      sum += x * (chips[step === 1 ? i : FRAME_SAMPLES - 1 - i] ?? 0) - level / 2
      if (sum > best) {
        best = sum
        length = n + 1
      }
    }
  }
  return length
}

/** What the recording holds of an item, to a few samples even when it was cut in mid-frame; null when no frame of it was found. */
export function heardOf(samples: Int16Array, marks: readonly Mark[], item: number): HeardOf | null {
  const own = marks.filter(m => m.item === item)
  const first = own[0]
  const last = own.at(-1)
  if (first === undefined || last === undefined) return null
  const seen = new Set(own.map(m => m.frame))
  const missing: number[] = []
  for (let f = first.frame; f < last.frame; f++) if (!seen.has(f)) missing.push(f)

  const tail = extent(samples, last.sampleIndex, item, [last.frame, last.frame + 1], scaleAt(samples, last), 1)
  const head =
    first.frame === 0 ? 0 : extent(samples, first.sampleIndex, item, [first.frame - 1], scaleAt(samples, first), -1)
  return {
    item,
    frames: seen.size,
    missing,
    firstSample: first.sampleIndex - head,
    endSample: last.sampleIndex + tail,
    endOffset: last.frame * FRAME_SAMPLES + tail,
  }
}

/** One past the last sample of an item in the recording, or null when no frame of it was found. */
export function lastSampleOf(samples: Int16Array, marks: readonly Mark[], item: number): number | null {
  return heardOf(samples, marks, item)?.endSample ?? null
}
