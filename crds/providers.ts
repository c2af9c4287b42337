/** Whose Realtime APIs an agent can speak with. A line for each: everything else in the API is made from it. */
import { gemini } from './gemini.ts'
import { openAI } from './open-ai.ts'

/**
 * `member`: of `spec.model`, where the vendor's fields are. `url`: where it is when no other endpoint is named. `variable`: what holds its credential
 * for `switchboard run`, when no Secret does.
 */
export const PROVIDERS = {
  OpenAI: { member: 'openAI', schema: openAI, url: 'https://api.openai.com/v1', variable: 'OPENAI_API_KEY' },
  Gemini: {
    member: 'gemini',
    schema: gemini,
    url: 'https://generativelanguage.googleapis.com',
    variable: 'GEMINI_API_KEY',
  },
} as const

export type Provider = keyof typeof PROVIDERS
export type Member = (typeof PROVIDERS)[Provider]['member']

export const PROVIDER_NAMES = Object.keys(PROVIDERS) as [Provider, ...Provider[]]
