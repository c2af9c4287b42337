/** Which of the planned bursts each speech_started of the provider is. */
import type { SimEvent } from '#test/product/simulator-view.ts'
import type { Burst } from './plan.ts'

export interface Matched {
  readonly burst: Burst
  readonly startedAt: number | null
  readonly stoppedAt: number | null
}

/** The phone's file and the provider's clock differ by a constant; detection adds a little that varies. */
const TOLERANCE_MS = 180
const CANDIDATES = 8

export function matchBursts(
  bursts: readonly Burst[],
  events: readonly SimEvent[],
): { matched: readonly Matched[]; strange: readonly number[] } {
  const starts = events.filter(e => e.dir === 'out' && e.type === 'input_audio_buffer.speech_started')
  const stops = events.filter(e => e.dir === 'out' && e.type === 'input_audio_buffer.speech_stopped')
  const shift = bestShift(
    bursts.map(b => b.atMs),
    starts.map(e => e.t),
  )
  const taken = new Set<SimEvent>()
  const matched = bursts.map((burst): Matched => {
    const start = starts.find(e => !taken.has(e) && Math.abs(e.t - shift - burst.atMs) <= TOLERANCE_MS)
    if (start === undefined) return { burst, startedAt: null, stoppedAt: null }
    taken.add(start)
    const stop = stops.find(e => e.t > start.t)
    return { burst, startedAt: start.t, stoppedAt: stop?.t ?? null }
  })
  return { matched, strange: starts.filter(e => !taken.has(e)).map(e => e.t) }
}

/** The shift that brings most starts near a burst; among equals the one that brings them nearest. */
function bestShift(planned: readonly number[], seen: readonly number[]): number {
  let best = { shift: 0, count: -1, off: 0 }
  for (const t of seen.slice(0, CANDIDATES)) {
    for (const at of planned.slice(0, CANDIDATES)) {
      const offs = seen.map(s => Math.min(...planned.map(p => Math.abs(s - (t - at) - p))))
      const near = offs.filter(o => o <= TOLERANCE_MS / 2)
      const off = near.reduce((a, b) => a + b, 0)
      if (near.length > best.count || (near.length === best.count && off < best.off))
        best = { shift: t - at, count: near.length, off }
    }
  }
  return best.shift
}
