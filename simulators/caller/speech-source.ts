/** What a caller can say: a clip by name, words that were recorded, or a file. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expand } from '#simulators/speech/g711.ts'
import { clip, clips, spoken } from '#simulators/speech/library.ts'
import { callerErrors } from './errors.ts'
import type { Speech } from './mouth.ts'
import { readWav, to8k } from './wav.ts'

/** Whoever holds a phone that is no agent. */
const VOICES = ['caller', 'person'] as const

/** @throws SB_CALLER_BAD_AUDIO */
export function speechOf(text: string): Speech {
  if (/\.(wav|ul)$/i.test(text)) return file(text)
  for (const voice of VOICES) {
    const known = clip(voice, text)
    if (known) return { what: known.text, samples: expand('ulaw', known.ulaw) }
    const words = spoken(text, voice)
    if (words) return { what: text, samples: expand('ulaw', words) }
  }
  throw callerErrors.badAudio(`“${text}”`, `it is none of the clips ${clipNames().join(', ')}, nor the words of one`)
}

export function clipNames(): string[] {
  return clips()
    .filter(c => c.voice !== 'agent')
    .map(c => c.name)
}

/** Words of the agent, or of a person that it put the caller through to, by clip or as text. @throws SB_CALLER_BAD_SCRIPT */
export function agentWords(what: string): Int16Array {
  const voices = ['agent', 'person'] as const
  const ulaw = voices.map(voice => clip(voice, what)?.ulaw ?? spoken(what, voice)).find(found => found)
  if (!ulaw) throw callerErrors.badScript('expect', `the agent has no clip of “${what}”`)
  return expand('ulaw', ulaw)
}

function file(path: string): Speech {
  try {
    const bytes = readFileSync(path)
    const what = basename(path)
    if (/\.ul$/i.test(path)) return { what, samples: expand('ulaw', bytes) }
    const { rateHz, channels } = readWav(bytes)
    return { what, samples: to8k(channels[0] ?? new Int16Array(), rateHz) }
  } catch (cause) {
    throw callerErrors.badAudio(path, cause instanceof Error ? cause.message : String(cause), { cause: cause as Error })
  }
}
