import { LIMITS } from './limits.ts'

/** `;name=value` pairs by lower-case name; '' for a parameter without a value. Never a prototype's names: made without one. */
export type Parameters = Readonly<Record<string, string>>

/** Parses `;a=b;c;d="e;f"` from the first semicolon on. The first of a repeated name counts. Null: malformed, or too many. */
export function parseParameters(text: string): Parameters | null {
  const out: Record<string, string> = Object.create(null) as Record<string, string>
  let at = 0
  let count = 0
  while (at < text.length) {
    at = skipSpace(text, at)
    if (at === text.length) break
    if (text[at] !== ';' || ++count > LIMITS.parameters) return null
    at = skipSpace(text, at + 1)
    const nameStart = at
    while (at < text.length && !isStop(text[at] as string)) at++
    const name = text.slice(nameStart, at).toLowerCase()
    if (name === '') {
      if (at === text.length || text[at] === ';') continue // an empty parameter: harmless, seen in the wild
      return null
    }
    at = skipSpace(text, at)
    let value = ''
    if (text[at] === '=') {
      at = skipSpace(text, at + 1)
      if (text[at] === '"') {
        const end = endOfQuoted(text, at)
        if (end < 0) return null
        value = unquote(text.slice(at, end))
        at = end
      } else {
        const start = at
        while (at < text.length && !isStop(text[at] as string)) at++
        value = text.slice(start, at)
      }
    }
    if (!(name in out)) out[name] = value
  }
  return out
}

function isStop(c: string): boolean {
  return c === ';' || c === '=' || c === ' ' || c === '\t' || c === '"' || c === ',' || c === '<' || c === '>'
}

export function skipSpace(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}

/** Index behind the closing quote of the quoted string that starts at `at`; -1 when it never closes. */
export function endOfQuoted(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') i++
    else if (c === '"') return i + 1
  }
  return -1
}

export function unquote(text: string): string {
  if (text.length < 2 || text[0] !== '"') return text
  const inner = text.slice(1, -1)
  if (!inner.includes('\\')) return inner
  let out = ''
  for (let i = 0; i < inner.length; i++) {
    if (inner[i] === '\\') i++
    out += inner[i] ?? ''
  }
  return out
}

/** Decodes %XX; null when an escape is broken. The result is bytes as latin1. */
export function decodePercent(text: string): string | null {
  if (!text.includes('%')) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') {
      out += text[i]
      continue
    }
    const hex = text.slice(i + 1, i + 3)
    const code = hexPair(hex)
    if (code < 0) return null
    out += String.fromCharCode(code)
    i += 2
  }
  return out
}

function hexPair(hex: string): number {
  if (hex.length !== 2) return -1
  const high = hexDigit(hex.charCodeAt(0))
  const low = hexDigit(hex.charCodeAt(1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** Splits at commas outside quotes and angle brackets. Null: unbalanced quotes, or more than `LIMITS.listValues`. */
export function splitList(value: string): string[] | null {
  if (!value.includes(',')) return value.trim() === '' ? [] : [value.trim()]
  const out: string[] = []
  let start = 0
  let angle = false
  for (let i = 0; i <= value.length; i++) {
    const c = value[i]
    if (c === '"') {
      const end = endOfQuoted(value, i)
      if (end < 0) return null
      i = end - 1
    } else if (c === '<') angle = true
    else if (c === '>') angle = false
    else if (c === undefined || (c === ',' && !angle)) {
      const part = value.slice(start, i).trim()
      if (part !== '') out.push(part)
      if (out.length > LIMITS.listValues) return null
      start = i + 1
    }
  }
  return out
}
