/** A session that will expire is replaced early, in a silence, with the conversation carried across. */
import type { Ms } from '#runtime/media/format.ts'
import { sessionDo } from './command.ts'
import { turnsOf } from './history.ts'
import { agentBusy } from './items.ts'
import { record, spanEnd } from './record.ts'
import { detach, forget, openSession, takeOver } from './sessions.ts'
import type { CallState, Step } from './state.ts'
import { setTimer } from './timers.ts'

/** With this little left it is opened, quiet or not, and with this little taken over. */
const OPEN_LEFT_MS = 15_000
const SWAP_LEFT_MS = 2000
/** With less left it is not opened anew, whatever it lacks: the old one would be gone first. */
const ANEW_LEFT_MS = 1500
/** So long after the agent's last word a handle that holds it may come: the provider's idea of when that was played is not quite ours. */
const HANDLE_WITHIN_MS = 1000

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

/** What was said last is in no handle yet, and it is worth to wait for one. */
function handleDue({ call, now }: Step): boolean {
  const until = call.quietAt + HANDLE_WITHIN_MS
  const held = call.heldUpTo < 0 || call.history.every(entry => entry.n <= call.heldUpTo)
  if (held || now >= until) return false
  setTimer(call, 'handle', until)
  return true
}

/**
 * The next one goes on by a handle that does not hold what was said since, and there is one that does. What it would be told as text waits
 * for the next text that goes there: a caller who speaks first would be answered without it.
 */
function outdated({ call, now }: Step): boolean {
  const { main, next } = call.sessions
  if (main === undefined || next === undefined || call.heldUpTo < next.historyUpTo) return false
  const leftMs = (main.expiresAt ?? now) - now
  return leftMs > ANEW_LEFT_MS && call.history.some(entry => entry.n > next.heldUpTo)
}

/** Opens and swaps as soon as the moment is right; called at the end of every step. */
export function settleRollover(s: Step): void {
  const { call } = s
  if (call.phase !== 'live') return
  if (call.sessions.main === undefined && call.sessions.next?.ready === true) return swap(s)
  if (outdated(s)) {
    s.out.push({ do: 'closeSession', slot: 'next' })
    forget(s, 'next')
    return openSession(s, 'next')
  }
  if (!call.rollover || !silence(call) || handleDue(s)) return
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
  // What was said since it was opened; of a turn that was not over then, the whole.
  for (const turn of turnsOf(call, next.heldUpTo, next.historyUpTo)) {
    if (turn.role === 'agent') sessionDo(s, { do: 'tell', role: 'system', text: `You said: ${turn.text}` })
    else sessionDo(s, { do: 'tell', role: turn.role, text: turn.text })
  }
  takeOver(s)
}
