import { toUlaw } from './g711.ts'

/** How long words take to say: 65 ms a character, as espeak-ng at 165 words a minute. */
const MS_PER_CHARACTER = 65
const LEAST_MS = 400
const SYLLABLE_MS = 190

export function naturalMs(text: string): number {
  return Math.max(LEAST_MS, text.trim().length * MS_PER_CHARACTER)
}

/**
 * Speech-like sound for words that were never recorded: a buzz with a moving pitch in syllables, so that a listener, and a voice detector,
 * take it for somebody speaking. G.711 µ-law at 8 kHz. The same length always gives the same sound.
 */
export function placeholder(ms: number): Uint8Array {
  const samples = Math.round(ms * 8)
  const out = new Uint8Array(samples)
  let phase = 0
  for (let i = 0; i < samples; i++) {
    const t = i / 8000
    const syllable = (t * 1000) / SYLLABLE_MS
    const envelope = Math.sin(Math.PI * (syllable % 1)) ** 0.5
    const pitch = 150 + 25 * Math.sin(syllable * 2.1) - 20 * (t % 2)
    phase += (2 * Math.PI * pitch) / 8000
    const vowel = 2 + Math.floor((Math.sin(Math.floor(syllable) * 12.9898) + 1) * 2)
    const voice = Math.sin(phase) + 0.6 * Math.sin(phase * vowel) + 0.35 * Math.sin(phase * (vowel + 3))
    out[i] = toUlaw(Math.round(5000 * envelope * voice))
  }
  return out
}
