import type { Ms } from '#runtime/media/format.ts'

export interface LineFigures {
  /** 0..1. */
  readonly loss: number
  readonly jitterMs: Ms
  /** Null: not known, then only what our own end adds is counted. */
  readonly roundTripMs: Ms | null
}

/** R of a line without faults (ITU-T G.107 §7.7, defaults). */
const R_DEFAULT = 93.2
/** G.711 with concealment: equipment impairment 0, robustness 25.1 under random loss (G.113 appendix I). */
const IE = 0
const BPL = 25.1
/** One frame is gathered before it is sent; a receiver buffers about twice the jitter. */
const PACKET_MS = 20
const JITTER_BUFFERED = 2

/**
 * Mean opinion score 1..4.5 as the E-model predicts it from loss and delay: ITU-T G.107 with all but delay (the usual approximation of Idd
 * by two lines) and effective equipment impairment at their defaults.
 */
export function mos(line: LineFigures): number {
  const delay = (line.roundTripMs ?? 0) / 2 + JITTER_BUFFERED * line.jitterMs + PACKET_MS
  const delayImpairment = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0)
  const lossPercent = Math.max(0, Math.min(1, line.loss)) * 100
  const equipmentImpairment = IE + ((95 - IE) * lossPercent) / (lossPercent + BPL)
  return mosOfRating(R_DEFAULT - delayImpairment - equipmentImpairment)
}

/** G.107 annex B. */
export function mosOfRating(r: number): number {
  if (r <= 6.5) return 1
  if (r >= 100) return 4.5
  return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6
}
