/** Which of the callers' bursts each speech_started of the provider is. */

import { type Stall, stalledIn } from '#test/measure/stalls.ts'
import type { SimEvent } from '#test/product/simulator-view.ts'
import type { Burst } from './plan.ts'
import type { Spoken } from './spoken.ts'

export interface Matched {
  readonly burst: Burst
  readonly startedAt: number | null
  readonly stoppedAt: number | null
  /** From its first sample on the wire to speech_started. */
  readonly afterMs: number | null
  /** Packets came late around it, or it never left the phone: it was heard, and answered, late or in part. */
  readonly disturbed: boolean
}

/** Detection takes 50 ms of sound, and a packet's time each way; a soft beginning takes more. */
const HEARD_WITHIN_MS = 350
/** A stall of so long, so shortly before or behind a burst, changes how it is heard. A shorter one only delays what happens just then. */
const LONG_MS = 80
const AROUND_MS = 300
const JUST_THEN_MS = 80

/** `strange`: when the provider heard speech that is no burst's, and no stall's. */
export function matchBursts(
  spoken: readonly Spoken[],
  events: readonly SimEvent[],
  stalls: readonly Stall[],
): { matched: readonly Matched[]; strange: readonly number[] } {
  const starts = events.filter(e => e.dir === 'out' && e.type === 'input_audio_buffer.speech_started')
  const stops = events.filter(e => e.dir === 'out' && e.type === 'input_audio_buffer.speech_stopped')
  const long = stalls.filter(s => s.to - s.from > LONG_MS)
  const taken = new Set<SimEvent>()
  const excused: { from: number; to: number }[] = []
  const matched = spoken.map(({ burst, from, to, missing }, i): Matched => {
    const next = spoken[i + 1]?.from ?? Number.POSITIVE_INFINITY
    const around = { from: from - AROUND_MS, to: to + AROUND_MS }
    const disturbed = missing || stalledIn(long, around.from, around.to)
    // Then its beginning may have been lost, too: what is left of it on the wire begins later than what was heard.
    const since = disturbed ? around.from : from
    const until = disturbed ? next : Math.min(next, from + HEARD_WITHIN_MS)
    const start = starts.find(e => !taken.has(e) && e.t >= since && e.t < until)
    if (disturbed) excused.push({ from: since, to: Math.min(next, around.to + AROUND_MS) })
    if (start === undefined) return { burst, startedAt: null, stoppedAt: null, afterMs: null, disturbed }
    taken.add(start)
    const stop = stops.find(e => e.t > start.t)
    const delayed = stalledIn(stalls, start.t, start.t + JUST_THEN_MS)
    const [startedAt, stoppedAt, afterMs] = [start.t, stop?.t ?? null, start.t - from]
    return { burst, startedAt, stoppedAt, afterMs, disturbed: disturbed || delayed }
  })
  const strange = starts.filter(e => !taken.has(e) && !excused.some(x => e.t >= x.from && e.t < x.to))
  return { matched, strange: strange.map(e => e.t) }
}
