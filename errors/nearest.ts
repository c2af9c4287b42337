/** The name that was probably meant. */

/** Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment), without regard to case. */
export function distance(a: string, b: string): number {
  const [s, t] = [a.toLowerCase(), b.toLowerCase()]
  let before: number[] = []
  let last = Array.from({ length: t.length + 1 }, (_, j) => j)
  for (let i = 1; i <= s.length; i++) {
    const row = [i]
    for (let j = 1; j <= t.length; j++) {
      const cost = s[i - 1] === t[j - 1] ? 0 : 1
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return last[t.length] ?? 0
}

/** The candidate nearest to a word, when it is near enough to be meant: a third of the letters, at least one. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let least = most + 1
  for (const candidate of candidates) {
    const d = distance(word, candidate)
    if (d < least) [best, least] = [candidate, d]
  }
  return best
}
