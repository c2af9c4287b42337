/** The spoken clips made for the project (`make-clips.sh`): what was said, by which voice, as G.711 µ-law at 8 kHz. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Entry = z.strictObject({
  file: z.string(),
  voice: z.enum(['agent', 'caller', 'person']),
  name: z.string(),
  ms: z.number(),
  text: z.string(),
})

export interface Clip extends z.infer<typeof Entry> {
  /** G.711 µ-law, 8 kHz, mono. */
  readonly ulaw: Uint8Array
}

export type Voice = Clip['voice']

const DIRECTORY = new URL('./clips/', import.meta.url)
let loaded: readonly Clip[] | null = null

/** All clips; read from disk once. */
export function clips(): readonly Clip[] {
  loaded ??= z
    .array(Entry)
    .parse(JSON.parse(readFileSync(new URL('index.json', DIRECTORY), 'utf8')))
    .map(entry => ({ ...entry, ulaw: new Uint8Array(readFileSync(new URL(entry.file, DIRECTORY))) }))
  return loaded
}

/** A clip by its name, such as `ask`. */
export function clip(voice: Voice, name: string): Clip | null {
  return clips().find(c => c.voice === voice && c.name === name) ?? null
}

/** Spelling that does not change how words sound. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[^\p{L}\p{N}']+/gu, ' ')
    .trim()
}

/** The clip, or the clips in a row, that say these words; null when some of them were never recorded. */
export function spoken(text: string, voice: Voice = 'agent'): Uint8Array | null {
  const whole = find(text, voice)
  if (whole !== null) return whole.ulaw
  const parts = text.match(/[^.!?]+[.!?]*/g)?.filter(p => plain(p) !== '') ?? []
  if (parts.length < 2) return null
  const found: Uint8Array[] = []
  for (const part of parts) {
    const known = find(part, voice)
    if (known === null) return null
    found.push(known.ulaw)
  }
  return new Uint8Array(Buffer.concat(found))
}

function find(text: string, voice: Voice): Clip | null {
  const wanted = plain(text)
  return clips().find(c => c.voice === voice && plain(c.text) === wanted) ?? null
}
