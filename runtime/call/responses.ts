/** One response at a time: wishes wait for the open one to be over; creates and cancels never cross. */
import { sessionDo } from './command.ts'
import { disclosing } from './hush.ts'
import { agentBusy, bury, flush, flushed } from './items.ts'
import { type CallState, callerLeg, type Step, sessionReady } from './state.ts'
import type { Wish } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'

/** A cancel that is not acknowledged by then means that the session is stuck. */
const CANCEL_MS = 3000

type Asked = Pick<Wish, 'why'> & Partial<Pick<Wish, 'notBefore' | 'graceMs' | 'say' | 'prompt' | 'interruptible'>>

/** Wants a response. Wishes of one kind coalesce: the session sees the whole conversation anyway. That outputs are to be told is not forgotten. */
export function ask(s: Step, wish: Asked): void {
  const { reply } = s.call.wishes
  const alone = (wish.why === 'turn' || wish.why === 'tool') && (reply === null || reply.alone)
  const full: Wish = { n: ++s.call.seq, alone, at: s.now, notBefore: s.now, graceMs: 0, interruptible: true, ...wish }
  if (full.say === undefined) s.call.wishes.reply = reply?.why === 'tool' ? { ...full, why: 'tool' } : full
  else s.call.wishes.say = full
}

/** Puts a wish back that could not be met. */
export function askAgain(s: Step, wish: Wish, afterMs = 0): void {
  const again: Wish = { ...wish, notBefore: s.now + afterMs }
  if (wish.say === undefined) s.call.wishes.reply ??= again
  else s.call.wishes.say ??= again
}

/** The caller has the floor: nothing is begun now. */
export function callerSpeaks(call: CallState): boolean {
  return call.speech !== null && (call.speech.proven || call.speech.pausedAt !== null)
}

/** Sends the next wish if nothing is in its way; called at the end of every step. */
export function pump(s: Step): void {
  const { call, now } = s
  clearTimer(call, 'pump')
  const wish = call.wishes.say ?? call.wishes.reply
  if (wish === null || call.response !== null || !sessionReady(call)) return
  if (!callerLeg(call).answered || flushed(call)) return
  if (call.phase === 'ending') {
    if (wish.prompt !== 'end') return
  } else if (call.phase === 'away') {
    if (wish.prompt !== 'transfer') return
  } else if (call.phase !== 'live' || call.goodbye !== null || callerSpeaks(call) || callerLeg(call).held) return
  else if (disclosing(call)) return
  const server = call.phase === 'live' ? call.serverUntil : now
  const at = Math.max(wish.notBefore, call.closedAt + wish.graceMs, server)
  if (at > now) return setTimer(call, 'pump', at)
  if (wish.say === undefined) call.wishes.reply = null
  else call.wishes.say = null
  call.response = {
    id: null,
    by: 'us',
    wish,
    startedAt: now,
    answers: false,
    saw: null,
    heard: false,
    cancelling: false,
  }
  call.owed = { since: now, from: call.owed?.from ?? now, silentFrom: call.owed?.silentFrom ?? null }
  if (wish.say === undefined) return void sessionDo(s, { do: 'respond' })
  const guarded = wish.interruptible ? {} : { interruptible: false }
  sessionDo(s, { do: 'respond', say: wish.say, tools: false, ...guarded })
}

/** Ends the open response unheard. One whose id is not known yet is cancelled as soon as it is. */
export function cancelOpen(s: Step): void {
  const open = s.call.response
  if (open === null || open.cancelling) return
  open.cancelling = true
  setTimer(s.call, 'cancel', s.now + CANCEL_MS)
  sendCancel(s)
}

/** Ends the open response, and what of the agent's words is not played yet. */
export function takeBack(s: Step): void {
  cancelOpen(s)
  if (agentBusy(s.call)) flush(s)
}

/** The part of a cancel that needs the id. */
export function sendCancel(s: Step): void {
  const open = s.call.response
  if (open === null || open.id === null) return
  sessionDo(s, { do: 'cancel', response: open.id })
  bury(s, open.id)
}

/** The open response is over, however. */
export function closeResponse(s: Step): void {
  s.call.response = null
  s.call.closedAt = s.now
  clearTimer(s.call, 'cancel')
}
