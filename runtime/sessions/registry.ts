/** Which adapter speaks to which provider, and what its sessions can. The names are the values of `spec.model.provider`: a line for each of them. */
import type { Provider } from '#crds/providers.ts'
import type { SessionCapabilities } from '#runtime/call/ports.ts'
import type { SessionFactory } from './factory.ts'
import { CAN as GEMINI } from './gemini/can.ts'
import { createGeminiSession } from './gemini/session.ts'
import { CAN as OPEN_AI } from './openai/can.ts'
import { createOpenAISession } from './openai/session.ts'

export const sessions: Readonly<
  Record<Provider, { readonly create: SessionFactory; readonly can: SessionCapabilities }>
> = {
  OpenAI: { create: createOpenAISession, can: OPEN_AI },
  Gemini: { create: createGeminiSession, can: GEMINI },
}
