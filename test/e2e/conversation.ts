/** What is said in calls of an e2e run, on both sides: short, and each answer a clip that a judge recognises in a recording. */
import { stringify } from 'yaml'
import type { StepInput } from '#simulators/caller/script.ts'

export const GREETING = 'Acme Dental, how can I help?'
export const ANSWER = 'I have to transfer you now.'
export const FAREWELL = 'Goodbye, and see you on Tuesday.'

/** For the simulated provider: the same answer to whatever is said, and goodbye to whoever presses a key. */
export const SIMULATOR_SCRIPT = stringify({
  name: 'e2e',
  turns: [
    { name: 'greeting', on: 'start', say: GREETING },
    { name: 'answer', on: 'caller', repeat: true, say: ANSWER },
    { name: 'farewell', on: 'text', match: String.raw`\d`, items: [{ say: FAREWELL }, { call: 'end_call' }] },
  ],
})

/** What a caller does, and what it must have heard in the end, in this order. */
export interface Conversation {
  readonly steps: readonly StepInput[]
  readonly hears: readonly string[]
}

/** Asks once, presses keys, and is said goodbye to: about fifteen seconds. */
export const SHORT: Conversation = {
  steps: ['listen', { say: 'ask' }, 'listen', { keys: '0#' }, { wait: { ended: true, within: '20s' } }],
  hears: [GREETING, ANSWER, FAREWELL],
}

/** A question, its answer and a pause, in seconds. */
const ROUND_S = 9

/** Asks every few seconds for so long, then says goodbye: whenever the call breaks, an answer is missing. */
export function long(seconds: number): Conversation {
  const rounds = Math.max(1, Math.round(seconds / ROUND_S))
  const round: readonly StepInput[] = [{ say: 'ask' }, 'listen', { wait: '2s' }]
  const asked = Array.from({ length: rounds }, () => round).flat()
  return {
    steps: ['listen', ...asked, { keys: '0#' }, { wait: { ended: true, within: '20s' } }],
    hears: [GREETING, ...Array.from({ length: rounds }, () => ANSWER), FAREWELL],
  }
}
