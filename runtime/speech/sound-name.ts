/** The name of a sound by what it was made of: the same words by the same voice are rendered once. */
import { sha256 } from '#crds/canonical.ts'
import type { Voicing } from './endpoint.ts'

/** Changed when what is made of the endpoint's audio changes. */
const MAKING = 1

export function soundName({ url, model, voice, instructions, speed }: Voicing, text: string): string {
  return `speech:${sha256(JSON.stringify([MAKING, url, model, voice, instructions ?? '', speed ?? 1, text]))}`
}
