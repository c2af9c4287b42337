/** Which adapter speaks to which provider. The names are the values of `spec.model.provider`. */
import type { SessionFactory } from './factory.ts'
import { createGeminiSession } from './gemini/session.ts'
import { createOpenAISession } from './openai/session.ts'

export const sessionFactories = {
  OpenAI: createOpenAISession,
  Gemini: createGeminiSession,
} as const satisfies Record<string, SessionFactory>

export type SessionProvider = keyof typeof sessionFactories
