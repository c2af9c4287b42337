/** The caller waits for us: a tool runs long, or a session is replaced. A sound says that the line is alive, until the agent speaks. */
import { disclosing } from './hush.ts'
import { agentBusy, flush, isWaiting, WAITED } from './items.ts'
import { speakClip, WAITING } from './prompts.ts'
import { type CallState, callerLeg, type Step, sessionReady } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

function waits(call: CallState): boolean {
  return (
    call.phase === 'live' &&
    call.greeted &&
    !disclosing(call) &&
    call.goodbye === null &&
    (!sessionReady(call) || call.tools.some(tool => tool.state === 'running'))
  )
}

/** Called at the end of every step. */
export function settleWaiting(s: Step): void {
  const { call, now } = s
  const { waiting } = call.policy
  if (waiting === undefined) return
  const still = waits(call)
  if (!still) call.waited = false
  if (!still || agentBusy(call) || call.speech !== null || callerLeg(call).held) return clearTimer(call, 'waiting')
  if (call.timers.waiting === undefined)
    setTimer(call, 'waiting', now + (call.waited ? waiting.everyMs : waiting.afterMs))
}

export function onWaiting(s: Step): void {
  const { call } = s
  const { waiting } = call.policy
  if (waiting === undefined || !waits(call)) return
  call.waited = true
  // no session says it: that one is busy, or not there
  speakClip(s, `${WAITED}${++call.seq}`, waiting.say.clip ?? WAITING, waiting.say.interruptible)
}

/** The agent speaks. */
export function endWaiting(s: Step): void {
  const { items } = s.call
  if (items.some(item => isWaiting(item) && !item.cut) && items.every(item => isWaiting(item) || item.cut)) flush(s)
}
