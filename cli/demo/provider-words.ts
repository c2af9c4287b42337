import type { Style } from '../show/style.ts'
import { printable } from '../show/words.ts'
import type { ProviderFact } from './provider-watch.ts'

const LONGEST = 70

/** What the provider did, as a line of the timeline. Called late: by then its words are known. */
export function providerWords(fact: ProviderFact, style: Style): string {
  switch (fact.what) {
    case 'opened':
      return 'session opened'
    case 'heardSpeech':
      return 'hears the caller'
    case 'says':
      return `says ${style.green(quoted(fact.text()))}`
    case 'callsTool':
      return `calls ${style.yellow(fact.name)} ${printable(fact.args)}`
    case 'truncated':
      return `is told that ${style.yellow(`only ${Math.round(fact.atMs)} ms were heard`)} of ${quoted(fact.text(), 40)}`
    case 'told':
    default:
      return `is told of ${fact.keys} keys`
  }
}

function quoted(text: string, longest = LONGEST): string {
  const clean = printable(text)
  return clean.length <= longest ? `“${clean}”` : `“${clean.slice(0, clean.lastIndexOf(' ', longest))} …”`
}
