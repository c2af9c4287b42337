/** The two rates of the Live API, from and to the 8 kHz that simulators think in. Not the worker's filters: a judge must not share its mistakes. */

import type { Utterance } from '#simulators/realtime/utterance.ts'
import { expand } from '#simulators/speech/g711.ts'

const PER_MS = 8
const RATIO = 3
/** Samples at 8 kHz looked at on each side. */
const REACH = 20

/** sinc under a Hann window, at thirds of a sample: every third sample stays the original one. */
const KERNEL = Array.from({ length: RATIO }, (_, phase) =>
  Float64Array.from({ length: 2 * REACH }, (_, i) => {
    const x = i - REACH + 1 - phase / RATIO
    if (x === 0) return 1
    if (Math.abs(x) >= REACH) return 0
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * Math.cos((Math.PI * x) / (2 * REACH)) ** 2
  }),
)

const NOTHING = new Float64Array(0)

/** 24 kHz PCM16 of an utterance between two offsets; what is on either side of them is heard in it, as in any filter's output. */
export function pcm24(utterance: Utterance, fromMs: number, toMs: number): Buffer {
  const from = Math.round(fromMs * PER_MS)
  const to = Math.round(toMs * PER_MS)
  const first = Math.max(0, from - REACH)
  const around = expand('ulaw', utterance.read(first / PER_MS, Math.min(utterance.ms, (to + REACH) / PER_MS)))
  const out = Buffer.alloc((to - from) * RATIO * 2)
  for (let n = from; n < to; n++) {
    const start = n - first - REACH + 1
    for (let phase = 0; phase < RATIO; phase++) {
      const kernel = KERNEL[phase] ?? NOTHING
      let sum = 0
      for (let i = 0; i < kernel.length; i++) sum += (kernel[i] ?? 0) * (around[start + i] ?? 0)
      const sample = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
      out.writeInt16LE(sample, ((n - from) * RATIO + phase) * 2)
    }
  }
  return out
}

/** Received PCM16 as 8 kHz samples, averaged: enough to measure how loud it is. */
export function narrow(bytes: Buffer, rate: number): Int16Array {
  const ratio = Math.max(1, Math.round(rate / 8000))
  const out = new Int16Array(Math.floor(bytes.length / 2 / ratio))
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let k = 0; k < ratio; k++) sum += bytes.readInt16LE((i * ratio + k) * 2)
    out[i] = sum / ratio
  }
  return out
}
