/** What the simulated model says for long, so that somebody can interrupt it. */

/** Of one word: as long as a frame of the watermark. */
export const WORD_MS = 20

/** An output of a script: words that are in no other with another letter, one a frame. */
export function longWords(letter: string, ms: number): { say: string; ms: number } {
  const count = Math.round(ms / WORD_MS)
  const say = Array.from({ length: count }, (_, i) => `${letter}${String(i).padStart(3, '0')}`).join(' ')
  return { say, ms: count * WORD_MS }
}
