/** What `<Say>` and `<Play>` sound like, as µ-law. */
import { spoken } from '#simulators/speech/library.ts'
import type { Verb } from './twiml.ts'

/** Of a WAV file of µ-law. */
const WAV_HEADER_BYTES = 58

/** @returns null: like nothing */
export async function soundOf(
  verb: Extract<Verb, { verb: 'Say' | 'Play' }>,
  fault: (what: string) => void,
): Promise<Uint8Array | null> {
  if (verb.verb === 'Say') return spoken(verb.text)
  const response = await fetch(verb.url)
  if (response.ok) return Buffer.from(await response.arrayBuffer()).subarray(WAV_HEADER_BYTES)
  fault(`${verb.url} was answered with ${response.status}`)
  return null
}
