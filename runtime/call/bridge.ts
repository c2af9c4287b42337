/** The second leg of a call: somebody is called, and joined with the caller. */

import { comeBack } from './come-back.ts'
import { legDo, routeLegs, toneDo } from './command.ts'
import { closeSessions } from './ending.ts'
import { drop } from './let-go.ts'
import type { LegEvent, LegId } from './ports.ts'
import { figure } from './record.ts'
import type { Step } from './state.ts'
import type { TransferState } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'
import { destinationOf, failed } from './transfer.ts'

/** What a leg says that is not the caller's. */
export function onFarLeg(s: Step, leg: LegId, e: LegEvent): void {
  const { call } = s
  const { transfer } = call
  if (e.type === 'ended') delete call.legs[leg]
  // one that was given up: its end is all that was waited for
  if (transfer === null || transfer.leg !== leg) return
  switch (e.type) {
    case 'ringing':
      return onRinging(s, transfer, leg, e.early)
    case 'answered':
      return onFarAnswered(s, transfer, leg)
    case 'digit':
      if (transfer.stage === 'bridged') legDo(s, { do: 'sendDigits', digits: e.digit })
      return
    case 'silent': {
      const left = call.policy.limits.mediaLostMs - e.forMs
      return setTimer(call, 'farMedia', s.now + Math.max(0, left))
    }
    case 'resumed':
      return clearTimer(call, 'farMedia')
    case 'held':
      return clearTimer(call, 'farMedia')
    case 'unanswered':
      return failed(s, e.outcome)
    case 'ended':
      transfer.leg = null
      if (transfer.stage === 'bridged') personLeft(s)
      else failed(s, 'failed')
      return
    case 'media':
    case 'quality':
    case 'done':
    case 'transferring':
    case 'transferred':
      return
  }
}

/** The far end's own sound is heard as soon as it sends any; until then a tone says that it rings. */
function onRinging(s: Step, transfer: TransferState, leg: LegId, early: boolean): void {
  if (transfer.stage !== 'dialling' || transfer.early) return
  transfer.early = early
  toneDo(s, early ? null : (destinationOf(s.call, transfer.destination)?.ringback ?? null))
  if (early) routeLegs(s, leg, s.call.caller)
}

function onFarAnswered(s: Step, transfer: TransferState, leg: LegId): void {
  const { call, now } = s
  if (transfer.stage !== 'dialling') return
  clearTimer(call, 'transfer')
  toneDo(s, null)
  transfer.stage = 'bridged'
  transfer.answeredAt = now
  const state = call.legs[leg]
  if (state !== undefined) state.answered = true
  figure(s, 'transferMs', now - transfer.since)
  routeLegs(s, leg, call.caller)
  routeLegs(s, call.caller, leg)
  if (destinationOf(call, transfer.destination)?.keepSession !== true) closeSessions(s)
}

/** A key of the caller goes to the person. True: it did. */
export function keyToPerson(s: Step, digit: string): boolean {
  const { transfer } = s.call
  if (transfer?.stage !== 'bridged' || transfer.leg === null) return false
  legDo(s, { do: 'sendDigits', digits: digit }, transfer.leg)
  return true
}

/** Nothing came from the person for too long. */
export function onFarMediaLost(s: Step): void {
  if (s.call.transfer?.stage === 'bridged') personLeft(s)
}

function personLeft(s: Step): void {
  drop(s)
  comeBack(s, 'ended')
}
