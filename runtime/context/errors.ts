import { defineError } from '#errors/registry.ts'

export const contextAnswer = defineError(
  'SB_CONTEXT_ANSWER',
  'what was asked about the caller was not answered with a JSON object',
  'Let spec.context.http answer 200 with an object whose members are text, numbers or booleans.',
)
