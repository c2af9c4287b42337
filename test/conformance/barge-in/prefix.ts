/** Comparing a recording with what an item sounds like. */
import { chipsOf, FRAME_SAMPLES, levelAt } from '#simulators/watermark/code.ts'

/** An item of the agent that holds sound. */
export interface Sounding {
  readonly mark: number
  readonly audioMs: number
}

const PER_MS = 8
/** Each law is off by up to 2.5 % of the level, and the simulator makes its A-law of µ-law. Levels are further apart than twice this. */
const LEVEL_SHARE = 0.05

export function fits(sample: number, wanted: number): boolean {
  return Math.abs(sample - wanted) <= Math.abs(wanted) * LEVEL_SHARE
}

/** Samples from `at` on, and before `end`, that are the item's own, from its beginning. */
export function prefix(sound: Int16Array, at: number, end: number, { mark, audioMs }: Sounding): number {
  const most = Math.min(end - at, Math.round(audioMs * PER_MS))
  let n = 0
  for (let frame = 0; n < most; frame++) {
    const chips = chipsOf(mark, frame)
    for (let i = 0; i < FRAME_SAMPLES && n < most; i++, n++) {
      if (!fits(sound[at + n] ?? 0, (chips[i] ?? 0) * levelAt(frame, i))) return n
    }
  }
  return n
}
