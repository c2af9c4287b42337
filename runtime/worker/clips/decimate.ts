/** Brings 16 or 24 kHz down to 8 kHz when a clip is loaded: a windowed-sinc low pass at 3.4 kHz, then every second or third sample. */
const TAPS_PER_FACTOR = 24
const CUTOFF_HZ = 3600

export function decimate(samples: Int16Array, rateHz: number): Int16Array {
  const factor = rateHz / 8000
  if (factor === 1) return samples
  const half = TAPS_PER_FACTOR * factor
  const taps = new Float64Array(2 * half + 1)
  let sum = 0
  for (let i = 0; i < taps.length; i++) {
    const x = i - half
    const phase = (2 * Math.PI * CUTOFF_HZ * x) / rateHz
    const sinc = x === 0 ? 1 : Math.sin(phase) / phase
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (half + 1))
    taps[i] = sinc * window
    sum += taps[i] as number
  }
  const out = new Int16Array(Math.floor(samples.length / factor))
  for (let n = 0; n < out.length; n++) {
    let value = 0
    for (let i = 0; i < taps.length; i++) value += (samples[n * factor + i - half] ?? 0) * (taps[i] as number)
    out[n] = Math.max(-32_768, Math.min(32_767, Math.round(value / sum)))
  }
  return out
}
