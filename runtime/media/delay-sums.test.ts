import { expect, test } from 'vitest'
import type { Frames } from './correlation.ts'
import { type Both, DelaySums, MAX_DELAY } from './delay-sums.ts'
import { FRAME_4K } from './echo-history.ts'
import { noiseOf } from './testing/synthetic-voice.ts'

const WINDOW = 50
const random = noiseOf(3)
const sentAll = Float32Array.from({ length: 100 * FRAME_4K + MAX_DELAY }, random)
const receivedAll = Float32Array.from({ length: 100 * FRAME_4K }, random)

/** Both directions when frame `now` was the last, `aheadMs` before or behind what is known of what was sent; `moved`: the net has moved them apart. */
function both(now: number, aheadMs: number, moved = 0): Both {
  const end = now * FRAME_4K
  const sent = sentAll.slice(end - WINDOW * FRAME_4K - moved, end + MAX_DELAY - moved)
  const unknown = Math.max(0, aheadMs * 4)
  sent.fill(0, sent.length - unknown)
  const received = receivedAll.slice(end - WINDOW * FRAME_4K, end)
  return { sent, received, settled: received.length - unknown, alignment: moved }
}

/** The last `count` frames. */
function frames(now: number, count: number): Frames {
  const numbers = Int32Array.from({ length: count }, (_, i) => now - 1 - i)
  return {
    numbers,
    starts: numbers.map(number => (number - now + WINDOW) * FRAME_4K),
    weights: Float64Array.from(numbers, number => 1 + (number % 7)),
    count,
  }
}

test.each([0, 1] as const)('sums that were kept are those of all frames anew, from delay %i on', first => {
  const kept = new DelaySums(first)
  // frames come, one at a time and several; go; the caller's are ahead of ours, and caught up with; the net moves; all are others
  const turns: [now: number, count: number, aheadMs: number, moved?: number][] = [
    [60, 3, 0],
    [61, 4, 20],
    [64, 7, 40],
    [66, 9, 80],
    [68, 11, 0],
    [69, 8, 0],
    [70, 9, 0, 80],
    [72, 11, 0, 80],
    [95, 5, 20, 0],
  ]
  for (const [now, count, aheadMs, moved] of turns) {
    const its = both(now, aheadMs, moved)
    const of = frames(now, count)
    const sums = kept.of(its, of).slice(0, MAX_DELAY / 2)
    const anew = new DelaySums(first).of(its, of)
    let furthest = 0
    for (const [i, sum] of sums.entries()) furthest = Math.max(furthest, Math.abs(sum - anew[i]!))
    expect(furthest).toBeLessThan(1e-6)
    expect(Math.max(...sums)).toBeGreaterThan(1)
  }
})
