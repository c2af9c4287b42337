/** How much of some speech is in what came to the phone, and where it was paused. Sample by sample: G.711 is passed on as it is. */

export interface Pause {
  /** First sample of the silence that does not belong to the speech. */
  readonly sample: number
  readonly ms: number
}

export interface Playback {
  /** First sample of it, and one past its last that was heard. */
  readonly from: number
  readonly to: number
  /** Samples of the speech that were heard; all of it when this is its length. */
  readonly heard: number
  readonly pauses: readonly Pause[]
  /** Samples that were sent, for the speech goes on behind them, and not captured. */
  readonly lost: number
}

const PER_MS = 8
/** Recorded words are full of quiet: they are looked for by a loud stretch. */
const ANCHOR = 160
const LOUD = 1000
/** After a pause so much must fit for it to be the same speech that goes on: more than the watermark's sync word. */
const GOES_ON = 80

/** Looks for the speech to begin in [from, to). Null: nothing of it is there. */
export function playbackOf(stream: Int16Array, speech: Int16Array, from: number, to: number): Playback | null {
  const anchor = loudFrom(speech)
  for (let at = from; at < Math.min(to, stream.length); at++)
    if (same(stream, at + anchor, speech, anchor, ANCHOR)) return follow(stream, at, speech)
  return null
}

function follow(stream: Int16Array, start: number, speech: Int16Array): Playback {
  const pauses: Pause[] = []
  let at = start
  let heard = 0
  let lost = 0
  while (heard < speech.length && at < stream.length) {
    if (stream[at] === speech[heard]) {
      at++
      heard++
      continue
    }
    let on = at
    while (on < stream.length && stream[on] === 0) on++
    // The speech may itself go on with silence: it is taken up where it is loud again.
    const goesOn = (next: number): boolean =>
      next < speech.length && same(stream, on, speech, next, Math.min(GOES_ON, speech.length - next))
    if (on === at || on === stream.length) break
    if (goesOn(heard)) pauses.push({ sample: at, ms: (on - at) / PER_MS })
    else if (goesOn(heard + on - at)) {
      heard += on - at
      lost += on - at
    } else break
    at = on
  }
  return { from: start, to: at, heard, pauses, lost }
}

function loudFrom(speech: Int16Array): number {
  const at = speech.findIndex(s => Math.abs(s) >= LOUD)
  return Math.max(0, Math.min(at, speech.length - ANCHOR))
}

function same(stream: Int16Array, at: number, speech: Int16Array, from: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (stream[at + i] !== speech[from + i]) return false
  return true
}
