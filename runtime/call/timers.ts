/** Every deadline of a call by name; `wakeAt` is the earliest. A timer dies with the call's state. */
import type { Ms } from '#runtime/media/format.ts'
import type { CallState } from './state.ts'

export type TimerName =
  | 'context' // what is known of the caller must be there
  | 'answer' // ringing: a session must be ready
  | 'answered' // the ACK must come
  | 'greet' // no media yet: greet anyway
  | 'opening' // main session must become ready
  | 'reopen' // back-off over
  | 'openNext' // roll over, quiet or not
  | 'nextOpening'
  | 'forceSwap'
  | 'handle' // roll over by an older one, then
  | 'deadAir'
  | 'cancel' // a cancel must be acknowledged
  | 'pump' // a wish may be sent
  | 'silence'
  | 'waiting' // nothing was heard while the caller waits
  | 'max'
  | 'hold'
  | 'media'
  | 'drain'
  | 'dtmf'
  | 'judge'
  | 'tools'
  | 'goodbye'
  | 'dry' // items that never played
  | 'callerText' // transcripts that did not come
  | 'transfer' // its announcement, the answer of who was asked, the answer of who was called
  | 'farMedia'
  | 'endSay'
  | 'ending'
  | 'closing'

export type Timers = { [name in TimerName]?: Ms }

export function setTimer(call: CallState, name: TimerName, at: Ms): void {
  call.timers[name] = at
}

export function clearTimer(call: CallState, name: TimerName): void {
  delete call.timers[name]
}

/** The earliest timer at or before `now`, taken out; null: none. */
export function takeDue(call: CallState, now: Ms): TimerName | null {
  let due: TimerName | null = null
  let dueAt = now
  for (const [name, at] of Object.entries(call.timers) as [TimerName, Ms][]) {
    if (at <= dueAt && (due === null || at < dueAt)) {
      due = name
      dueAt = at
    }
  }
  if (due !== null) delete call.timers[due]
  return due
}

export function earliest(call: CallState): Ms | null {
  let first: Ms | null = null
  for (const at of Object.values(call.timers)) if (first === null || at < first) first = at
  return first
}
