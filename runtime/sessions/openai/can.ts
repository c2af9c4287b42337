/** What a session of OpenAI's Realtime API can. */
import type { SessionCapabilities } from '#runtime/call/ports.ts'
import { FORMATS } from './session-update.ts'

/** Published limit of a session (OpenAI's Realtime guide; measured 60.01 min). */
const MAX_MS = 60 * 60_000

export const CAN = {
  formats: FORMATS,
  cancel: true,
  truncate: true,
  turns: ['server'],
  resume: false,
  seed: true,
  maxMs: MAX_MS,
} as const satisfies SessionCapabilities
