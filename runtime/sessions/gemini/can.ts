/** What a session of the Gemini Live API can. */
import type { SessionCapabilities } from '#runtime/call/ports.ts'
import { FORMATS } from './setup.ts'

/** A connection lasts about so long; `goAway` tells its end a minute ahead. */
const MAX_MS = 10 * 60_000

export const CAN = {
  formats: FORMATS,
  // what still comes of a response is dropped here: the server itself cannot be told to stop, nor what was heard
  cancel: false,
  truncate: false,
  turns: ['server', 'client'],
  resume: true,
  seed: true,
  maxMs: MAX_MS,
} as const satisfies SessionCapabilities
