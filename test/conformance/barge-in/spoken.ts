/** When each burst really left the phone: a phone on a busy machine plays late, and later than the one beside it. */
import { timeOf, type Wire } from '#test/measure/wire.ts'
import type { Burst } from './plan.ts'

export interface Spoken {
  readonly burst: Burst
  /** CLOCK_MONOTONIC, ms: its first sample on the wire, and its last. */
  readonly from: number
  readonly to: number
  /** It is not where it should be: the phone did not send it, or much of its file is missing. */
  readonly missing: boolean
}

const PER_MS = 8
/** Digital silence of either law is at 8 or below. */
const SILENT = 100
/** Pauses within a burst are shorter, gaps between bursts longer. */
const GAP_MS = 250
/** So far from where the last one makes it expected: what a phone that was not scheduled adds to its file or leaves out. */
const NEAR_MS = 1000

/** @param sent what came from the phone */
export function spokenOf(bursts: readonly Burst[], sent: Wire): Spoken[] {
  const sounds = soundsOf(sent.samples)
  let shift = (sounds[0] ?? 0) - (bursts[0]?.atMs ?? 0) * PER_MS
  let last = -1
  return bursts.map(burst => {
    const expected = burst.atMs * PER_MS + shift
    const off = (at: number): number => Math.abs(at - expected)
    const near = sounds.filter(at => at > last && off(at) <= NEAR_MS * PER_MS).sort((a, b) => off(a) - off(b))[0]
    const at = Math.max(0, Math.round(near ?? expected))
    if (near !== undefined) [last, shift] = [near, near - burst.atMs * PER_MS]
    return { burst, from: timeOf(sent, at), to: timeOf(sent, at + burst.ms * PER_MS), missing: near === undefined }
  })
}

/** First samples of sounds that follow silence. */
function soundsOf(samples: Int16Array): number[] {
  const starts: number[] = []
  let quietFrom = -GAP_MS * PER_MS
  for (const [at, sample] of samples.entries()) {
    if (Math.abs(sample) <= SILENT) continue
    if (at - quietFrom >= GAP_MS * PER_MS) starts.push(at)
    quietFrom = at + 1
  }
  return starts
}
