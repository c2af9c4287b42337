/** The agent owes audio and none comes: once more, then the declared end. */
import { final } from './ending.ts'
import { responseFailed } from './errors.ts'
import { agentBusy, agentSounds, flush } from './items.ts'
import { figure, moment, record } from './record.ts'
import { ask, askAgain, callerSpeaks, takeBack } from './responses.ts'
import { abandon } from './sessions.ts'
import { type CallState, callerLeg, type Step } from './state.ts'
import type { Wish } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'

const RETRY_MS = 300
const RATE_LIMITED_MS = 1000

export function owe(s: Step, from = s.now): void {
  s.call.owed = { since: s.now, from, silentFrom: null }
}

/** Something of the agent is heard: the debt is paid. */
export function paid(s: Step): void {
  const { call, now } = s
  if (call.misses > 0 && call.owed !== null) figure(s, 'deadAirMs', now - (call.owed.silentFrom ?? now))
  call.owed = null
  call.misses = 0
  // what comes in the very moment of the deadline comes in time
  clearTimer(call, 'deadAir')
}

/** The timer runs while the agent owes audio and nothing else is heard; called at the end of every step. */
export function settleDeadAir(s: Step): void {
  const { call } = s
  // A response that is open, or an item that stopped in the middle, is a debt whoever asked for it.
  const half =
    call.response?.cancelling === false ? call.response : call.items.find(i => i.dry !== null && !i.done && !i.cut)
  if (half !== undefined && call.phase === 'live' && call.owed === null && !agentSounds(call) && !toolRuns(call))
    owe(s, half.startedAt)
  const counts =
    call.phase === 'live' &&
    call.owed !== null &&
    call.sessions.main?.ready === true &&
    !callerLeg(call).held &&
    !callerSpeaks(call) &&
    !agentSounds(call)
  if (!counts || call.owed === null) return clearTimer(call, 'deadAir')
  if (call.timers.deadAir === undefined) call.owed.since = s.now
  setTimer(call, 'deadAir', call.owed.since + call.policy.deadAir.afterMs)
}

/** The open response has called a tool: the caller waits for that, not for sound. */
function toolRuns(call: CallState): boolean {
  return call.tools.some(t => t.response === call.response?.id && t.state === 'running')
}

/** Nothing was heard for too long: a stalled provider, or a server that made no response. */
export function onDeadAir(s: Step): void {
  const { call } = s
  if (lastMiss(s)) return
  const open = call.response
  if (call.owed !== null) call.owed.since = s.now
  if (open === null) {
    if (agentBusy(call)) flush(s)
    if (call.wishes.say === null && call.wishes.reply === null) ask(s, { why: 'retry' })
  } else if (open.id === null) abandon(s)
  else {
    askAgain(s, open.wish)
    takeBack(s)
  }
}

/** A response failed or was empty. */
export function missed(s: Step, wish: Wish, code: string | undefined): void {
  const { call } = s
  record(s, { kind: 'fault', code: responseFailed.code, ...(code === undefined ? {} : { detail: code }) })
  if (call.phase !== 'live' || callerSpeaks(call) || call.goodbye !== null) return
  if (call.owed === null) owe(s)
  if (lastMiss(s)) return
  const waitMs = code?.includes('rate_limit') === true ? RATE_LIMITED_MS : RETRY_MS
  askAgain(s, wish, waitMs)
  // The second try has a time of its own: what the first one took, and the wait, are not held against it.
  if (call.owed !== null) call.owed.since = s.now + waitMs
}

/** Counts a miss. True: it was one too many, and the call ends. */
function lastMiss(s: Step): boolean {
  const { call } = s
  moment(s, 'deadAir', { misses: call.misses + 1 })
  if (call.owed !== null) call.owed.silentFrom ??= call.owed.since
  if (call.misses++ < 1) return false
  figure(s, 'deadAirMs', s.now - (call.owed?.silentFrom ?? s.now))
  final(s, call.policy.deadAir.then, { code: 'dead_air', by: 'provider' })
  return true
}
