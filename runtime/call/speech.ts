/** The caller's turns, as the session's VAD tells them. */
import type { Ms } from '#runtime/media/format.ts'
import { release, tellTurn, weigh } from './barge-in.ts'
import { callerStopped } from './caller-turns.ts'
import { owe } from './dead-air.ts'
import { ask } from './responses.ts'
import { serverMayRespond } from './seen.ts'
import type { Step } from './state.ts'
import { clearTimer } from './timers.ts'

/** A server that was busy at the end of a turn may still make its response by itself within this. */
const GRACE_MS = 300
/** Until then a server's response answers what was no speech. */
const DISOWN_MS = 2000
/** Furthest back that a VAD dates the end of speech. */
const MAX_LAG_MS = 3000

export function onSpeechStarted(s: Step, item: string | undefined): void {
  const { call, now } = s
  if (call.phase !== 'live' || call.speech !== null) return
  const n = ++call.seq
  call.speech = {
    n,
    ...(item === undefined ? {} : { item }),
    startedAt: now,
    proven: false,
    clearSince: null,
    pausedAt: null,
  }
  weigh(s, call.speech)
}

/** @param quietMs how long the line has been quiet by our own ear, when known */
export function onSpeechStopped(s: Step, audioMs: Ms, quietMs: Ms = 0): void {
  const { call, now } = s
  const { speech } = call
  if (speech === null) return
  clearTimer(call, 'judge')
  call.speech = null
  const endedAt = Math.max(Math.min(spokenUntil(s, audioMs), now - Math.min(quietMs, MAX_LAG_MS)), speech.startedAt)
  callerStopped(s, speech, endedAt)
  serverMayRespond(s)
  if (!speech.proven) {
    release(s, speech)
    call.disownUntil = now + DISOWN_MS
    return
  }
  tellTurn(s, false)
  call.gapFrom = endedAt
  call.toolFrom = endedAt
  owe(s)
  if (call.policy.responses === 'switchboard') ask(s, { why: 'turn' })
  else if (call.response !== null || call.hushed) ask(s, { why: 'turn', graceMs: GRACE_MS })
}

/** The caller's audio is continuous from the moment it is routed, so the session's `audioMs` is a time of ours. */
function spokenUntil(s: Step, audioMs: Ms): Ms {
  const since = s.call.sessions.main?.hearingSince ?? null
  if (since === null || audioMs <= 0) return s.now
  return Math.min(s.now, Math.max(since + audioMs, s.now - MAX_LAG_MS))
}
