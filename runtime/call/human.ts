/** "I want to speak to a person": by keys and by words of the caller, without the model. */
import { disclosing } from './hush.ts'
import type { Step } from './state.ts'
import { leave } from './transfer.ts'

/** The caller is done with an entry of keys. True: it led to a person. */
export function keysToPerson(s: Step, digits: string): boolean {
  const { human } = s.call.policy
  if (human === undefined || human.keys === '' || digits !== human.keys) return false
  return toPerson(s, 'keys')
}

/** What the caller said, as far as the transcript has it. */
export function wordsToPerson(s: Step, text: string): void {
  const { human } = s.call.policy
  if (human === undefined || s.call.phase !== 'live') return
  const said = ` ${plain(text)} `
  if (human.phrases.some(phrase => said.includes(` ${plain(phrase)} `))) toPerson(s, 'words')
}

export function toPerson(s: Step, by: 'keys' | 'words'): boolean {
  const { human } = s.call.policy
  if (human === undefined || s.call.phase !== 'live') return false
  if (disclosing(s.call)) {
    s.call.wantsPerson = true
    return true
  }
  leave(s, { destination: human.destination, by, ...(human.say && { say: human.say }) })
  return true
}

/** Case, punctuation and runs of spaces do not count. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/ +/g, ' ')
    .trim()
}
