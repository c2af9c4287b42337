/** What bounds a call from outside the conversation: its length, hold, a line without packets, a drain, an operator. */
import type { Ms } from '#runtime/media/format.ts'
import { final, hangUp, refuse } from './ending.ts'
import { settlePause } from './pause.ts'
import type { FinalActionPolicy } from './policy.ts'
import { moment } from './record.ts'
import { callerLeg, type Step } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

const JUST_HANG_UP: FinalActionPolicy = { then: { hangUp: true } }

export function onMax(s: Step): void {
  final(s, s.call.policy.limits.maxThen, { code: 'limit', by: 'switchboard' })
}

export function onHeld(s: Step, held: boolean): void {
  const { call, now } = s
  const leg = callerLeg(call)
  if (!leg.open || leg.held === held) return
  leg.held = held
  moment(s, held ? 'held' : 'unheld')
  settlePause(s)
  clearTimer(call, 'media')
  if (!held) clearTimer(call, 'hold')
  else if (call.phase === 'live') setTimer(call, 'hold', now + call.policy.limits.holdMs)
}

export function onHoldOver(s: Step): void {
  hangUp(s, { code: 'hold', by: 'switchboard' })
}

/** No packets from the caller for `forMs`. On hold that is as it should be. */
export function onSilentLine(s: Step, forMs: Ms): void {
  const { call, now } = s
  const leg = callerLeg(call)
  if (!leg.answered || !leg.open || leg.held) return
  const left = call.policy.limits.mediaLostMs - forMs
  if (left <= 0) onMediaLost(s)
  else setTimer(call, 'media', now + left)
}

export function onMediaLost(s: Step): void {
  if (callerLeg(s.call).open) hangUp(s, { code: 'media_lost', by: 'switchboard' })
}

/** The pod is drained: the call goes on until the earliest deadline, and ends as the last drain declares that declares anything. */
export function onDrain(s: Step, deadline: Ms, end?: FinalActionPolicy): void {
  const { call } = s
  if (end) call.drainEnd = end
  const open = call.phase !== 'ending' && call.phase !== 'closing'
  if (open) setTimer(call, 'drain', Math.min(deadline, call.timers.drain ?? deadline))
}

export function onDrainDue(s: Step): void {
  const { call } = s
  const why = { code: 'drain', by: 'operator' } as const
  if (call.phase === 'ringing') refuse(s, 503, why)
  else final(s, call.drainEnd ?? call.policy.drainEnd ?? JUST_HANG_UP, why)
}

export function onOperator(s: Step): void {
  if (s.call.phase !== 'new') hangUp(s, { code: 'hangup', by: 'operator' })
}
