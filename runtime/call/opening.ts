/** The agent's turn comes: all that must be said before it was heard. */
import { onDigits } from './dtmf.ts'
import { toPerson } from './human.ts'
import { disclosing } from './hush.ts'
import { speak } from './prompts.ts'
import type { Step } from './state.ts'

/** Greets once, and takes up what the caller did in the meantime. Called at the end of every step. */
export function settleOpening(s: Step): void {
  const { call } = s
  if (call.opened || call.phase !== 'live' || !call.greeted || disclosing(call)) return
  call.opened = true
  if (call.wantsPerson) {
    toPerson(s, 'words')
    return
  }
  if (call.policy.greeting !== undefined) speak(s, 'greeting', call.policy.greeting)
  if ((call.policy.disclosures ?? []).length > 0) onDigits(s)
}
