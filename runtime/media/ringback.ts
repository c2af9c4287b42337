/** What callers hear while somebody's phone rings (ITU-T E.180, supplement 2), as one period to be played in a loop. */
import type { AudioFormat, Ms } from './format.ts'
import { encoderOf } from './g711.ts'

export type Ringback = 'Us' | 'Uk' | 'Eu'

interface Cadence {
  readonly hz: readonly number[]
  /** On, off, on, off … */
  readonly ms: readonly Ms[]
}

const CADENCES: Readonly<Record<Ringback, Cadence>> = {
  Us: { hz: [440, 480], ms: [2000, 4000] },
  Uk: { hz: [400, 450], ms: [400, 200, 400, 2000] },
  Eu: { hz: [425], ms: [1000, 4000] },
}

/** Each of two tones at −16 dBm0 or so: clear, and no shock to an ear that waited for a voice. */
const PEAK = 3200
const RAMP_SAMPLES = 40

/** One period at 8 kHz in the format's law; null: a format that is not G.711. */
export function ringback(tone: Ringback, format: AudioFormat): Uint8Array | null {
  if (format.encoding === 'pcm16') return null
  const encode = encoderOf(format.encoding === 'pcmu' ? 'PCMU' : 'PCMA')
  const { hz, ms } = CADENCES[tone]
  const out = new Uint8Array(8 * ms.reduce((sum, each) => sum + each, 0))
  let at = 0
  for (const [i, each] of ms.entries()) {
    const length = 8 * each
    for (let n = 0; n < length; n++) {
      const edge = Math.min(1, n / RAMP_SAMPLES, (length - n) / RAMP_SAMPLES)
      const sample =
        i % 2 === 1 ? 0 : edge * PEAK * hz.reduce((sum, f) => sum + Math.sin((2 * Math.PI * f * n) / 8000), 0)
      out[at++] = encode[Math.round(sample) & 0xffff] as number
    }
  }
  return out
}
