/**
 * Reads the lines of one load stream. Thousands of workers send one every two seconds, and nearly all say what they said before: a line that
 * differs in its number alone is read by its text.
 */
import { type LoadLine, loadLineSchema } from '#runtime/contract/load-line.ts'

/** Within a string it would be escaped: so written, it is a member. */
const SEQ = '"seq":'

interface Read {
  readonly line: LoadLine
  readonly before: string
  readonly after: string
}

export class LineReader {
  #last: Read | null = null

  /** Null: it is no line of a worker. What did not change is the very same object as in the line before. */
  read(text: string): LoadLine | null {
    const seq = this.#again(text)
    if (seq !== null && this.#last !== null) return { ...this.#last.line, seq }
    const line = lineOf(text)
    this.#last = line && cut(text, line)
    return line
  }

  #again(text: string): number | null {
    if (this.#last === null) return null
    const { before, after } = this.#last
    if (!text.startsWith(before) || !text.endsWith(after)) return null
    const digits = text.slice(before.length, text.length - after.length)
    return /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : null
  }
}

function cut(text: string, line: LoadLine): Read | null {
  const from = text.indexOf(SEQ) + SEQ.length
  const { length } = String(line.seq)
  // of something else in it, of a later version, or written otherwise
  if (text.slice(from, from + length) !== String(line.seq) || /[\d.eE]/.test(text[from + length] ?? '')) return null
  return { line, before: text.slice(0, from), after: text.slice(from + length) }
}

function lineOf(text: string): LoadLine | null {
  try {
    return loadLineSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
