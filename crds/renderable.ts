/** What must be heard word by word needs something that renders it, where it is no recording. */
import type { Rule } from './rule.ts'

interface Spec {
  readonly model: {
    readonly provider: string
    readonly fallbacks?: readonly { readonly provider: string }[] | undefined
  }
  readonly speech?: unknown
  readonly disclosures?: readonly unknown[] | undefined
  readonly greeting?: unknown
}

export const renderable: Rule<Spec> = {
  cel: [
    'has(self.speech)',
    '!has(self.model)',
    "self.model.provider == 'OpenAI'",
    "(has(self.model.fallbacks) && self.model.fallbacks.exists(f, f.provider == 'OpenAI'))",
    '(!(has(self.disclosures) && self.disclosures.exists(d, has(d.text))) && !(has(self.greeting) && has(self.greeting.text) && has(self.greeting.verbatim) && self.greeting.verbatim))',
  ].join(' || '),
  message:
    'nothing renders the text of disclosures and verbatim prompts: add speech, or give a recording (audioFrom) instead',
  at: 'speech',
  holds: ({ model, speech, disclosures, greeting }) => {
    if (speech !== undefined || model === undefined || model.provider === 'OpenAI') return true
    if (model.fallbacks?.some(each => each.provider === 'OpenAI')) return true
    const { text, verbatim } = Object(greeting) as { text?: string; verbatim?: boolean }
    const disclosed = disclosures?.some(each => (Object(each) as { text?: string }).text !== undefined) === true
    return !disclosed && !(text !== undefined && verbatim === true)
  },
}
