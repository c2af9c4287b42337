/** Puts what is known of one call in the place of `{{name}}`: as data in instructions, as words in prompts. Pure. */
import { render } from '#crds/variables.ts'
import type { CallPolicy, PromptPolicy } from '#runtime/call/policy.ts'
import { ABOUT_DATA, asData } from './untrusted.ts'

export interface Values {
  /** Written by who owns the agent. */
  readonly own: Readonly<Record<string, string>>
  /** From outside, cleaned. */
  readonly outside: Readonly<Record<string, string>>
}

export function fillInstructions(template: string, { own, outside }: Values): string {
  const marked = Object.fromEntries(Object.entries(outside).map(([name, value]) => [name, asData(name, value)]))
  const { text } = render(template, { ...own, ...marked })
  return Object.values(marked).some(mark => text.includes(mark)) ? `${text.trimEnd()}\n\n${ABOUT_DATA}` : text
}

/** Every prompt of a policy, wherever it is: only prompts say whether they may be interrupted. */
export function fillPolicy(policy: CallPolicy, { own, outside }: Values): CallPolicy {
  const all = { ...own, ...outside }
  const filled = (value: unknown, key: string): unknown => {
    if (key === 'tools' || key === 'models' || typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(one => filled(one, ''))
    if ('interruptible' in value) {
      const prompt = value as PromptPolicy
      return prompt.text === undefined ? prompt : { ...prompt, text: render(prompt.text, all).text }
    }
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member, name)]))
  }
  return filled(policy, '') as CallPolicy
}
