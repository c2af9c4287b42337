/** The order of server events as a comparable value: types in order, runs of deltas as one, things that come when they like set apart. */
import type { Entry } from './conversation.ts'

/** Asynchronous by the vendor's own words, or a matter of load: no place in the order. */
const ANYTIME = /^(rate_limits\.updated|conversation\.item\.input_audio_transcription\.|conversation\.created)/

/** Distinct types in the order of first appearance, per response or item they belong to; deltas of audio and transcript interleave. */
export function orderOf(entries: readonly Entry[], phase: string): string[] {
  const out: string[] = []
  for (const { dir, phase: p, event } of entries) {
    if (dir !== 'in' || p !== phase || ANYTIME.test(event.type)) continue
    const seen = event.type.endsWith('.delta') && out.lastIndexOf(event.type) > out.lastIndexOf('response.created')
    if (!seen) out.push(event.type)
  }
  return out
}

export interface Difference {
  readonly phase: string
  readonly ours: string
  readonly theirs: string
}

/** The first place of each phase where the two orders part. */
export function differences(ours: readonly Entry[], theirs: readonly Entry[], phases: readonly string[]): Difference[] {
  return phases.flatMap(phase => {
    const [a, b] = [orderOf(ours, phase), orderOf(theirs, phase)]
    const at = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find(i => a[i] !== b[i])
    return at === undefined ? [] : [{ phase, ours: a[at] ?? '(end)', theirs: b[at] ?? '(end)' }]
  })
}
