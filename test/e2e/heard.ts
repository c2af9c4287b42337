/** What a recording says was heard. After the call: looking while it goes on takes the time in which the phone should send. */
import { findClip } from '#simulators/caller/find-clip.ts'
import { agentWords } from '#simulators/caller/speech-source.ts'

const RATE_HZ = 8000
/** Between one answer and the next: a caller's question lies between. */
const WINDOW_S = 14

/** How much of each clip must be there, and how much like it was spoken. */
export interface Likeness {
  readonly match: number
  readonly share: number
}
/** Nearly all of it: the line was clean. */
export const WHOLE: Likeness = { match: 0.9, share: 0.8 }
/** Enough to know the words by, on a machine so busy that sound has holes: the call was there, and the right one. */
export const KNOWN: Likeness = { match: 0.8, share: 0.1 }

/**
 * Finds the words one after another.
 * @returns the words that are missing, in order
 */
export function missingIn(recording: Int16Array, words: readonly string[], like: Likeness = WHOLE): string[] {
  const missing: string[] = []
  let from = 0
  for (const text of words) {
    const end = firstOf(recording, agentWords(text), from, like)
    if (end === null) missing.push(text)
    else from = end
  }
  return missing
}

/** Where the clip's first occurrence ends. What is found is the one that is most alike, so it looks again before that. */
function firstOf(recording: Int16Array, clip: Int16Array, from: number, like: Likeness): number | null {
  let end: number | null = null
  for (let before = Math.min(recording.length, from + WINDOW_S * RATE_HZ + clip.length); ; ) {
    const found = findClip(recording, clip, from, before)
    if (found === null || found.match <= like.match || found.heard <= clip.length * like.share) return end
    end = found.at + found.heard
    before = found.at
  }
}

/** `“a”, “b” ×3`. */
export function inWords(words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const text of words) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].map(([text, count]) => (count === 1 ? `“${text}”` : `“${text}” ×${count}`)).join(', ')
}
