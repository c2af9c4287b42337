import { defineError } from '#errors/registry.ts'

export const BAD_GEMINI_FAULT = defineError(
  'SB_SIMULATOR_BAD_GEMINI_FAULT',
  'this fault cannot be injected: %s',
  'Kinds are drop, close, goAway, stall, garbage, interrupt, slow, empty, refuse and forget.',
)
