/** Sessions of a call: opened, ready, lost, opened again with the conversation so far. */
import { routeCaller, sessionDo } from './command.ts'
import { final } from './ending.ts'
import { sessionStalled } from './errors.ts'
import type { SessionSlot } from './events.ts'
import { turnsOf } from './history.ts'
import { closeItems } from './items.ts'
import { settlePause } from './pause.ts'
import { record, span, spanEnd } from './record.ts'
import { ask, askAgain, closeResponse } from './responses.ts'
import { callerLeg, type Step } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

const NEXT_AGAIN_MS = 2000

export function openSession(s: Step, slot: SessionSlot): void {
  const { call } = s
  const n = ++call.seq
  call.sessions[slot] = { n, openedAt: s.now, ready: false, hearingSince: null, expiresAt: null, historyUpTo: n }
  s.out.push({ do: 'openSession', slot, history: turnsOf(call) })
  record(s, { kind: 'session', what: call.reopens > 0 && slot === 'main' ? 'reopened' : 'opened' })
  span(s, 'session', `s${n}`, { slot })
  setTimer(call, slot === 'main' ? 'opening' : 'nextOpening', s.now + call.policy.answerWithinMs)
}

/** Takes a session out of the state; the caller of this has closed it or was told that it is. */
export function forget(s: Step, slot: SessionSlot, code?: string): void {
  const session = s.call.sessions[slot]
  if (session === undefined) return
  delete s.call.sessions[slot]
  clearTimer(s.call, slot === 'main' ? 'opening' : 'nextOpening')
  spanEnd(s, 'session', `s${session.n}`, undefined, code)
}

/** What hung on the main session when it went: speech is heard anew by the next, an open response is asked for again. */
export function detach(s: Step): void {
  const { call } = s
  call.speech = null
  clearTimer(call, 'judge')
  settlePause(s)
  closeItems(s)
  call.deadItems = []
  call.lateCancels = 0
  call.batches = []
  call.outputs = []
  call.serverUntil = s.now
  call.rollover = false
  clearTimer(call, 'openNext')
  clearTimer(call, 'forceSwap')
  const open = call.response
  if (open !== null) {
    closeResponse(s)
    if (open.wish.say !== undefined && !open.cancelling) askAgain(s, open.wish)
    else if (!open.cancelling) call.respondAfterReopen = true
  } else if (call.owed !== null) call.respondAfterReopen = true
  call.owed = null
}

export function onReady(s: Step, slot: SessionSlot): void {
  const { call } = s
  const session = call.sessions[slot]
  if (session === undefined || session.ready) return
  session.ready = true
  clearTimer(call, slot === 'main' ? 'opening' : 'nextOpening')
  record(s, { kind: 'session', what: 'ready' })
  if (slot === 'main' && call.phase === 'live') takeOver(s)
}

/** A session that takes over answers what is owed. */
export function takeOver(s: Step): void {
  routeCaller(s, 'main')
  if (s.call.respondAfterReopen) ask(s, { why: 'reopened' })
  s.call.respondAfterReopen = false
}

/** The main session is gone. */
export function lose(s: Step, code: string, retry: boolean): void {
  const { call } = s
  forget(s, 'main', code)
  record(s, { kind: 'session', what: 'lost', code })
  if (call.phase === 'closing' || call.phase === 'over') return
  detach(s)
  if (call.phase === 'ending' || call.phase === 'away') return
  if (callerLeg(call).answered) routeCaller(s, null)
  if (call.sessions.next === undefined) reopen(s, code, retry)
}

function reopen(s: Step, code: string, retry: boolean): void {
  const { call } = s
  const { tries, backoffMs } = call.policy.reopen ?? { tries: 3, backoffMs: 250 }
  if (!retry || call.reopens >= tries)
    return final(s, call.policy.unavailable, { code: 'unavailable', by: 'provider', detail: code })
  setTimer(call, 'reopen', s.now + (call.reopens === 0 ? 0 : backoffMs * 2 ** (call.reopens - 1)))
  call.reopens++
}

/** The session that was to take over is gone: tried again after a while, at once if there is no other. */
export function loseNext(s: Step, code: string, retry: boolean): void {
  const { call } = s
  if (call.sessions.next === undefined) return
  forget(s, 'next', code)
  record(s, { kind: 'session', what: 'lost', code })
  if (call.phase !== 'live') return
  if (call.sessions.main === undefined) reopen(s, code, retry)
  else {
    call.rollover = false
    if (retry) setTimer(call, 'openNext', s.now + NEXT_AGAIN_MS)
  }
}

/** A session that does not answer is given up. */
export function abandon(s: Step): void {
  if (s.call.sessions.main === undefined) return
  s.out.push({ do: 'closeSession', slot: 'main' })
  lose(s, sessionStalled.code, true)
}

/** Tells the model something as text; a session yet to come learns it from the history. */
export function tell(s: Step, role: 'caller' | 'system', text: string): void {
  sessionDo(s, { do: 'tell', role, text })
}
