/** Keys: gathered, and told to the model as text. The record holds their count, never the digits. */
import { interrupt } from './barge-in.ts'
import { keyToPerson } from './bridge.ts'
import { remember } from './history.ts'
import { keysToPerson } from './human.ts'
import { disclosing } from './hush.ts'
import { agentBusy, interruptible } from './items.ts'
import { record } from './record.ts'
import { ask } from './responses.ts'
import { tell } from './sessions.ts'
import type { Step } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

const MAX_DIGITS = 64

export function onDigit(s: Step, digit: string): void {
  const { call, now } = s
  const { dtmf } = call.policy
  if (call.phase === 'away' && keyToPerson(s, digit)) return
  const listens = dtmf.enabled || (call.policy.human?.keys ?? '') !== ''
  if (call.phase !== 'live' || !listens || !/^[0-9*#A-D]$/.test(digit)) return
  call.silences = 0
  if (call.digits.length >= MAX_DIGITS) return
  if (digit === dtmf.terminator) return onDigits(s)
  call.digits += digit
  if (call.digits.length >= MAX_DIGITS) return onDigits(s)
  setTimer(call, 'dtmf', now + dtmf.gapMs)
}

/** The caller is done pressing. */
export function onDigits(s: Step): void {
  const { call } = s
  clearTimer(call, 'dtmf')
  const { digits } = call
  // they are told, or lead to a person, when all that must be said before is
  if (digits === '' || disclosing(call)) return
  call.digits = ''
  if (keysToPerson(s, digits) || !call.policy.dtmf.enabled) return
  call.misses = 0
  record(s, { kind: 'dtmf', count: digits.length })
  const text = `The caller pressed: ${digits}`
  const busy = agentBusy(call) || call.response !== null
  if (busy && call.policy.bargeIn.enabled && interruptible(call)) interrupt(s)
  remember(call, 'caller', null, text)
  tell(s, 'caller', text)
  if (call.sessions.main === undefined) call.respondAfterReopen = true
  else ask(s, { why: 'dtmf' })
}
