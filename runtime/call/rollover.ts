/** A session that will expire is replaced early, in a silence, with the conversation carried across. */
import type { Ms } from '#runtime/media/format.ts'
import { sessionDo } from './command.ts'
import { turnsOf } from './history.ts'
import { agentBusy } from './items.ts'
import { record, spanEnd } from './record.ts'
import { detach, openSession, takeOver } from './sessions.ts'
import type { CallState, Step } from './state.ts'
import { setTimer } from './timers.ts'

/** With this little left it is opened, quiet or not, and with this little taken over. */
const OPEN_LEFT_MS = 15_000
const SWAP_LEFT_MS = 5000

export function onExpiring(s: Step, inMs: Ms): void {
  const { call, now } = s
  if (call.sessions.main === undefined) return
  call.sessions.main.expiresAt = now + inMs
  call.rollover = true
  setTimer(call, 'openNext', Math.max(now + 1, now + inMs - OPEN_LEFT_MS))
  setTimer(call, 'forceSwap', Math.max(now + 1, now + inMs - SWAP_LEFT_MS))
}

/** Nobody speaks, nothing is under way: the moment in which a swap is not heard. */
function silence(call: CallState): boolean {
  return (
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

export function onOpenNext(s: Step): void {
  const { call } = s
  if (call.phase !== 'live' || call.sessions.main === undefined || call.sessions.next !== undefined) return
  call.rollover = true
  openSession(s, 'next')
}

/** Opens and swaps as soon as the moment is right; called at the end of every step. */
export function settleRollover(s: Step): void {
  const { call } = s
  if (call.phase !== 'live') return
  if (call.sessions.main === undefined && call.sessions.next?.ready === true) return swap(s)
  if (!call.rollover || !silence(call)) return
  if (call.sessions.next === undefined) openSession(s, 'next')
  else if (call.sessions.next.ready) swap(s)
}

/** Time is up: take over whatever is under way. */
export function onForceSwap(s: Step): void {
  if (s.call.phase === 'live' && s.call.sessions.next?.ready === true) swap(s)
}

function swap(s: Step): void {
  const { call } = s
  const { main: old, next } = call.sessions
  if (next === undefined) return
  detach(s)
  call.sessions = { main: next }
  s.out.push({ do: 'swapSessions' })
  record(s, { kind: 'session', what: 'rollover' })
  if (old !== undefined) spanEnd(s, 'session', `s${old.n}`)
  // What was said since it was opened.
  for (const turn of turnsOf(call, next.historyUpTo)) {
    if (turn.role === 'agent') sessionDo(s, { do: 'tell', role: 'system', text: `You said: ${turn.text}` })
    else sessionDo(s, { do: 'tell', role: turn.role, text: turn.text })
  }
  takeOver(s)
}
