import { defineError } from '#errors/registry.ts'

export const twilioSimulatorErrors = {
  badTwiml: defineError(
    'SB_SIMULATOR_TWIML',
    'the simulated Twilio does not understand its answer: %s',
    'Answer with TwiML of the verbs Connect, Say, Play, Pause, Reject, Redirect, Dial and Hangup.',
  ),
} as const
