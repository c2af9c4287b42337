/** Text between two equal lines of punctuation: `=====`, `"""`, a code fence. */
const FENCED = /^([^\p{L}\p{N}\s]{3,})[ \t]*\n([^]+?)\n\1[ \t]*$/mu
const ASKS = /\b(say|speak|read|repeat|utter|answer with|respond with|greet)\b|exactly|verbatim|word for word/i

/**
 * The words that a response's instructions ask to be spoken as they stand, or null when they ask for something else. A real model obeys
 * any phrasing; here the words must be fenced, quoted, follow a colon, or stand alone after a line that asks for them.
 */
export function verbatim(instructions: string): string | null {
  const fenced = FENCED.exec(instructions)
  if (fenced !== null) return fenced[2]?.trim() ?? null
  const quoted = instructions.match(/"([^"]+)"|“([^”]+)”|«([^»]+)»|<<<([^]+?)>>>/)
  const asks = ASKS.test(instructions)
  if (quoted !== null && asks) return (quoted[1] ?? quoted[2] ?? quoted[3] ?? quoted[4] ?? '').trim()
  if (!asks) return null
  const lines = instructions.split('\n')
  const colon = lines.findIndex(line => /:\s*$/.test(line) && ASKS.test(line))
  if (colon >= 0)
    return (
      lines
        .slice(colon + 1)
        .join('\n')
        .trim() || null
    )
  const inline = instructions.match(/:\s+([^]+)$/)
  return inline?.[1]?.trim() || null
}
