/** What a recording says was heard. After the call: looking while it goes on takes the time in which the phone should send. */
import { findClip } from '#simulators/caller/find-clip.ts'
import { agentWords } from '#simulators/caller/speech-source.ts'

const RATE_HZ = 8000
/** Between one answer and the next: a caller's question lies between. */
const WINDOW_S = 14
const MATCH = 0.9
const WHOLE = 0.8

/**
 * Finds the words one after another. Each must be there nearly whole and as it was spoken.
 * @returns the words that are missing, in order
 */
export function missingIn(recording: Int16Array, words: readonly string[]): string[] {
  const missing: string[] = []
  let from = 0
  for (const text of words) {
    const end = firstOf(recording, agentWords(text), from)
    if (end === null) missing.push(text)
    else from = end
  }
  return missing
}

/** Where the clip's first occurrence ends. What is found is the one that is most alike, so it looks again before that. */
function firstOf(recording: Int16Array, clip: Int16Array, from: number): number | null {
  let end: number | null = null
  for (let before = Math.min(recording.length, from + WINDOW_S * RATE_HZ + clip.length); ; ) {
    const found = findClip(recording, clip, from, before)
    if (found === null || found.match <= MATCH || found.heard <= clip.length * WHOLE) return end
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
