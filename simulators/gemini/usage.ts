import type { Remembered } from './memory.ts'
import { type Setup, textOf } from './messages.ts'

/** The vendor's rate: 25 tokens a second of sound; text at four characters each. */
const MS_PER_TOKEN = 40
const CHARACTERS_PER_TOKEN = 4

interface Count {
  readonly modality: 'TEXT' | 'AUDIO'
  readonly tokenCount: number
}

export interface Usage {
  readonly promptTokenCount: number
  readonly responseTokenCount: number
  readonly totalTokenCount: number
  readonly promptTokensDetails: readonly Count[]
  readonly responseTokensDetails: readonly Count[]
}

/** Usage of one turn: the whole conversation is the prompt of each. */
export function usageOf(setup: Setup | null, items: readonly Remembered[], audioMs: number): Usage {
  const texts = [textOf(setup?.systemInstruction?.parts ?? []), ...items.map(i => i.text)]
  const text = texts.reduce((sum, t) => sum + Math.ceil(t.length / CHARACTERS_PER_TOKEN), 0)
  const heard = items.reduce((sum, i) => sum + Math.ceil(i.sentMs / MS_PER_TOKEN), 0)
  const said = Math.ceil(audioMs / MS_PER_TOKEN)
  const counts = (t: number, a: number): Count[] => [
    { modality: 'TEXT', tokenCount: t },
    { modality: 'AUDIO', tokenCount: a },
  ]
  return {
    promptTokenCount: text + heard,
    responseTokenCount: said,
    totalTokenCount: text + heard + said,
    promptTokensDetails: counts(text, heard),
    responseTokensDetails: [{ modality: 'AUDIO', tokenCount: said }],
  }
}
