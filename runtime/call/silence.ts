/** The caller says nothing after the agent finished: wait, prompt, give up. */
import { final } from './ending.ts'
import { agentBusy } from './items.ts'
import { speak } from './prompts.ts'
import { type CallState, callerLeg, type Step, sessionReady } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

/** It is the caller's turn, and nothing happens. */
function waits(call: CallState): boolean {
  return (
    call.phase === 'live' &&
    call.greeted &&
    call.policy.silence.afterMs > 0 &&
    sessionReady(call) &&
    !callerLeg(call).held &&
    call.speech === null &&
    !agentBusy(call) &&
    call.response === null &&
    call.owed === null &&
    call.wishes.reply === null &&
    call.wishes.say === null &&
    call.goodbye === null &&
    call.digits === '' &&
    call.tools.every(t => t.state !== 'running')
  )
}

/** Called at the end of every step. */
export function settleSilence(s: Step): void {
  const { call } = s
  if (!waits(call)) clearTimer(call, 'silence')
  else if (call.timers.silence === undefined) setTimer(call, 'silence', s.now + call.policy.silence.afterMs)
}

export function onSilence(s: Step): void {
  const { call } = s
  const prompt = call.policy.silence.prompts[call.silences]
  if (prompt === undefined) return final(s, call.policy.silence.then, { code: 'silence', by: 'caller' })
  call.silences++
  speak(s, `silence-${++call.seq}`, prompt)
}
