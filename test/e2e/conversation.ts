/** What is said in calls of an e2e run, on both sides: short, and each answer a clip that a phone can recognise. */
import { stringify } from 'yaml'
import type { StepInput } from '#simulators/caller/script.ts'

export const GREETING = 'Acme Dental, how can I help?'
const ASKED = 'Hello, I would like an appointment on Tuesday, please.'
export const ANSWER = 'I have to transfer you now.'
const THANKED = 'No, that is all, thank you, goodbye.'
const FAREWELL = 'Goodbye, and see you on Tuesday.'

/** For the simulated provider. */
export const SIMULATOR_SCRIPT = stringify({
  name: 'e2e',
  turns: [
    { name: 'greeting', on: 'start', say: GREETING },
    { name: 'answer', on: 'caller', heard: ASKED, repeat: true, say: ANSWER },
    { name: 'farewell', on: 'caller', heard: THANKED, items: [{ say: FAREWELL }, { call: 'end_call' }] },
    { name: 'pardon', on: 'caller', repeat: true, say: 'Sorry, I did not catch that. Could you say it again?' },
  ],
})

/** Asks once, thanks, and is said goodbye to: about ten seconds. */
export const SHORT_CALL: readonly StepInput[] = [
  ...answerOf(GREETING),
  { say: 'ask' },
  ...answerOf(ANSWER),
  { say: 'no-thanks' },
  { expect: { hears: FAREWELL, within: '15s' } },
  { expect: { ended: 'remote', within: '15s' } },
]

/** Asks every few seconds for so long, then hangs up itself: whenever the call breaks, an answer is missing. */
export function longCall(seconds: number): readonly StepInput[] {
  const rounds = Math.max(1, Math.round(seconds / ROUND_S))
  const round: StepInput[] = [{ say: 'ask' }, ...answerOf(ANSWER), { wait: '2s' }]
  return [...answerOf(GREETING), ...Array.from({ length: rounds }, () => round).flat(), 'hangUp']
}

/** A question, its answer and a pause. */
export const ROUND_S = 8

/** The agent says these words from now on, and is silent again. */
function answerOf(words: string): StepInput[] {
  return [{ expect: { hears: words, within: '15s' } }, { wait: { agent: 'silent', for: '400ms' } }]
}
