/**
 * The one message worth not parsing: `response.output_audio.delta` is nearly all of what a session sends, and nearly all of it is base64.
 * The envelope is read member by member; anything but a flat object of plain strings and whole numbers is left to JSON.parse.
 */

export interface AudioDelta {
  readonly response_id: string
  readonly item_id: string
  /** Base64. */
  readonly delta: string
}

const TYPE = 'response.output_audio.delta'
const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * Reads an audio delta from a message decoded as latin1.
 * @returns null when the message is something else or has an unexpected shape: parse it. Never a value that JSON.parse would not give,
 * but that `delta` is not looked into: whoever decodes it finds out whether it is base64, and parses the message if it is not.
 */
export function readAudioDelta(text: string): AudioDelta | null {
  if (text.includes('\\')) return null // escapes: one native scan for the whole message
  let type = ''
  let response = ''
  let item = ''
  let delta: string | null = null
  let at = blank(text, 0)
  if (text.charCodeAt(at) !== OPEN) return null
  for (;;) {
    at = blank(text, at + 1)
    if (text.charCodeAt(at) !== QUOTE) return null
    const keyEnd = text.indexOf('"', at + 1)
    if (keyEnd < 0) return null
    const key = text.slice(at + 1, keyEnd)
    at = blank(text, keyEnd + 1)
    if (text.charCodeAt(at) !== COLON) return null
    at = blank(text, at + 1)
    if (text.charCodeAt(at) === QUOTE) {
      const end = text.indexOf('"', at + 1)
      if (end < 0) return null
      const value = text.slice(at + 1, end)
      if (key === 'delta') delta = value
      else if (!plain(key) || !plain(value)) return null
      else if (key === 'type') type = value
      else if (key === 'response_id') response = value
      else if (key === 'item_id') item = value
      if (key === 'type' && value !== TYPE) return null // the usual way out: type comes first
      at = end + 1
    } else {
      const end = digits(text, at)
      if (end < 0 || !plain(key) || isText(key)) return null
      at = end
    }
    at = blank(text, at)
    const next = text.charCodeAt(at)
    if (next === CLOSE) break
    if (next !== COMMA) return null
  }
  if (blank(text, at + 1) !== text.length || type !== TYPE || delta === null) return null
  if (response === '' || item === '') return null
  return { response_id: response, item_id: item, delta }
}

/** The same message after JSON.parse. */
export function isAudioDelta(message: unknown): message is AudioDelta {
  const m = message as (Partial<AudioDelta> & { type?: unknown }) | null
  return (
    m?.type === TYPE &&
    typeof m.response_id === 'string' &&
    typeof m.item_id === 'string' &&
    typeof m.delta === 'string'
  )
}

/** Printable ASCII: means the same in latin1 and UTF-8, and needs no escape in JSON. */
function plain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code > 0x7e) return false
  }
  return true
}

function isText(key: string): boolean {
  return key === 'type' || key === 'response_id' || key === 'item_id' || key === 'delta'
}

function blank(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at += 1
  }
}

/** End of a whole number at `from`; -1 when there is none, or when JSON would refuse it (leading zero). */
function digits(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1
  if (at === from || (at > from + 1 && text.charCodeAt(from) === 0x30)) return -1
  return at
}
