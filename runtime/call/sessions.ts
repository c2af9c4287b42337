/** Sessions of a call: opened, ready, lost, opened again with the conversation so far. */
import { routeCaller, sessionDo } from './command.ts'
import { final } from './ending.ts'
import { sessionSlow, sessionStalled } from './errors.ts'
import type { SessionSlot } from './events.ts'
import { turnsOf } from './history.ts'
import { hush } from './hush.ts'
import { closeItems } from './items.ts'
import { attributesOf, hasOther, modelsOf, named, newRound, settled, turnToOther } from './models.ts'
import { settlePause } from './pause.ts'
import { record, span, spanEnd } from './record.ts'
import { ask, askAgain, closeResponse } from './responses.ts'
import { callerLeg, type Step } from './state.ts'
import type { SessionState } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'

const NEXT_AGAIN_MS = 2000

export function openSession(s: Step, slot: SessionSlot): void {
  const { call } = s
  const n = ++call.seq
  const { at: model } = call.models
  // without another one to turn to, a breaker would only cost a try
  const anyway = call.models.anyway || modelsOf(call).length < 2
  const { heldUpTo } = call
  call.sessions[slot] = {
    n,
    openedAt: s.now,
    ready: false,
    hearingSince: null,
    expiresAt: null,
    historyUpTo: n,
    heldUpTo,
    model,
  }
  const since = turnsOf(call, heldUpTo)
  s.out.push({ do: 'openSession', slot, history: turnsOf(call), since, model, anyway })
  record(s, {
    kind: 'session',
    what: call.reopens > 0 && slot === 'main' ? 'reopened' : 'opened',
    ...named(call, model),
  })
  span(s, 'session', `s${n}`, { slot, ...attributesOf(call, model) })
  const { answerWithinMs, readyWithinMs } = call.policy
  const within = hasOther(call) ? Math.min(answerWithinMs, readyWithinMs ?? answerWithinMs) : answerWithinMs
  setTimer(call, slot === 'main' ? 'opening' : 'nextOpening', s.now + within)
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
  clearTimer(call, 'handle')
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
  record(s, { kind: 'session', what: 'ready', ...named(call, session.model) })
  settled(call)
  if (slot === 'main' && call.phase === 'live') takeOver(s)
}

/** A session that takes over answers what is owed. */
export function takeOver(s: Step): void {
  routeCaller(s, 'main')
  hush(s)
  if (s.call.respondAfterReopen) ask(s, { why: 'reopened' })
  s.call.respondAfterReopen = false
}

/** The main session is gone. */
export function lose(s: Step, code: string, retry: boolean): void {
  const { call } = s
  const was = call.sessions.main
  forget(s, 'main', code)
  record(s, { kind: 'session', what: 'lost', code, ...(was !== undefined && named(call, was.model)) })
  if (call.phase === 'closing' || call.phase === 'over') return
  detach(s)
  if (call.phase === 'ending' || call.phase === 'away') return
  if (callerLeg(call).answered) routeCaller(s, null)
  if (call.sessions.next === undefined) reopen(s, was, code, retry)
}

/** One that worked until now is asked again first; one that never did makes room for the next. */
function reopen(s: Step, was: SessionState | undefined, code: string, retry: boolean): void {
  const { call } = s
  const worked = was?.ready === true && retry
  if (was !== undefined && !worked && turnToOther(s, was.model, code, retry)) return openSession(s, 'main')
  const { tries, backoffMs } = call.policy.reopen ?? { tries: 3, backoffMs: 250 }
  if (call.reopens >= tries || (!worked && !newRound(s, code)))
    return final(s, call.policy.unavailable, { code: 'unavailable', by: 'provider', detail: code })
  setTimer(call, 'reopen', s.now + (call.reopens === 0 ? 0 : backoffMs * 2 ** (call.reopens - 1)))
  call.reopens++
}

/** The session that was to take over is gone: tried again after a while, at once if there is no other. */
export function loseNext(s: Step, code: string, retry: boolean): void {
  const { call } = s
  const was = call.sessions.next
  if (was === undefined) return
  forget(s, 'next', code)
  record(s, { kind: 'session', what: 'lost', code, ...named(call, was.model) })
  if (call.phase !== 'live') return
  if (call.sessions.main === undefined) return reopen(s, was, code, retry)
  call.rollover = false
  const again = turnToOther(s, was.model, code, retry) || newRound(s, code)
  if (again) setTimer(call, 'openNext', s.now + NEXT_AGAIN_MS)
}

/** A session that does not answer is given up. */
export function abandon(s: Step): void {
  const { main } = s.call.sessions
  if (main === undefined) return
  const { code } = main.ready ? sessionStalled : sessionSlow
  s.out.push({ do: 'closeSession', slot: 'main', failed: code })
  lose(s, code, true)
}

/** Tells the model something as text; a session yet to come learns it from the history. */
export function tell(s: Step, role: 'caller' | 'system', text: string): void {
  sessionDo(s, { do: 'tell', role, text })
}
