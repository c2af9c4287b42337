/** The caller makes a sound while the agent is heard: playback pauses at once, and then it was an interruption, or nothing. */
import type { Ms } from '#runtime/media/format.ts'
import { playoutDo, sessionDo } from './command.ts'
import { stay } from './end-call.ts'
import { agentBusy, flush, interruptible } from './items.ts'
import { settlePause } from './pause.ts'
import { figure, moment, span } from './record.ts'
import { cancelOpen } from './responses.ts'
import type { CallState, Step } from './state.ts'
import type { Speech } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'

const AGAIN_MS = 40
/** Our own words may still come back this long after they were played. */
const TAIL_MS = 600
/** A server's VAD that still hears speech this long after the first proof was due is believed. */
const BELIEVED_MS = 600
const ECHO_AT_LEAST = 0.6
/** From here on a pause is more than one between syllables, and from there the sound is over. */
const QUIET_MS = 100
const OVER_MS = 200

/** Speech has begun. */
export function weigh(s: Step, speech: Speech): void {
  const { call, now } = s
  if (!agentEngaged(call) && now - call.quietAt >= TAIL_MS) return prove(s, speech)
  judge(s)
}

/** The agent is heard, or about to be. */
const agentEngaged = (call: CallState): boolean => agentBusy(call) || call.response !== null

/** Asks for a judgement, and for the next one: only the answer can stop that. */
export function judge(s: Step): void {
  if (s.call.speech === null || s.call.speech.proven) return
  setTimer(s.call, 'judge', s.now + AGAIN_MS)
  playoutDo(s, 'judge')
}

/**
 * `soundMs`: how long the caller has been making sound by our own ear, null without one; `quietMs`: for how long the line has been quiet,
 * our own echo included. A VAD tells the end of a sound late, and an echo ends when playback pauses: what is quiet now proves nothing.
 */
export function onJudged(s: Step, echo: number, soundMs: Ms | null, quietMs: Ms): void {
  const { call, now } = s
  const { speech } = call
  if (speech === null || speech.proven || call.phase !== 'live') return
  if (quietMs >= OVER_MS || echo >= (call.policy.bargeIn.echoAtLeast ?? ECHO_AT_LEAST)) {
    speech.clearSince = null
    if (speech.pausedAt !== null) release(s, speech)
    return
  }
  speech.clearSince ??= now
  if (!agentEngaged(call)) return prove(s, speech)
  const may = call.policy.bargeIn.enabled && interruptible(call)
  if (may && speech.pausedAt === null) {
    speech.pausedAt = now
    settlePause(s)
  } else if (!may && speech.pausedAt !== null) release(s, speech)
  const due = speech.clearSince + call.policy.bargeIn.minSpeechMs
  const enough = soundMs === null || soundMs >= call.policy.bargeIn.minSpeechMs
  const proof = quietMs < QUIET_MS && (enough ? now >= due : now >= due + BELIEVED_MS)
  if (!proof) return setTimer(call, 'judge', now < due ? Math.min(due, now + AGAIN_MS) : now + AGAIN_MS)
  if (may) {
    const stopMs = (speech.pausedAt ?? now) - speech.startedAt
    interrupt(s)
    figure(s, 'bargeInMs', stopMs)
    moment(s, 'bargeIn', { afterMs: now - speech.startedAt, stopMs })
  }
  prove(s, speech)
}

/** It is the caller speaking: a turn begins. */
function prove(s: Step, speech: Speech): void {
  const { call } = s
  speech.proven = true
  speech.pausedAt = null
  settlePause(s)
  clearTimer(call, 'judge')
  call.silences = 0
  call.misses = 0
  call.owed = null
  call.gapFrom = null
  call.toolFrom = null
  call.disownUntil = s.now
  if (call.wishes.say?.prompt?.startsWith('silence') === true) call.wishes.say = null
  span(s, 'turn', `caller-${speech.n}`, { role: 'caller' })
  tellTurn(s, true)
}

/** For a session that takes the caller's turns from us. */
export function tellTurn(s: Step, started: boolean): void {
  if (s.call.policy.responses === 'switchboard') sessionDo(s, { do: 'turn', started })
}

/** The provider has heard the caller and stopped: whatever our ear says of it, the rest of its words will not come. */
export function onInterrupted(s: Step): void {
  const { call, now } = s
  const { speech } = call
  if (call.phase !== 'live' || speech?.proven === true || !call.policy.bargeIn.enabled || !interruptible(call)) return
  if (agentEngaged(call)) {
    const afterMs = speech === null ? 0 : now - speech.startedAt
    const stopMs = speech === null ? 0 : (speech.pausedAt ?? now) - speech.startedAt
    interrupt(s)
    figure(s, 'bargeInMs', stopMs)
    moment(s, 'bargeIn', { afterMs, stopMs })
  }
  if (speech !== null) prove(s, speech)
}

/** It was nothing: playback goes on at the same sample. */
export function release(s: Step, speech: Speech): void {
  if (speech.pausedAt === null) return
  speech.pausedAt = null
  settlePause(s)
  figure(s, 'falseBargeIn', 1)
  moment(s, 'falseBargeIn')
}

/** What the agent was saying is dropped; what the caller heard of it comes back with 'heard'. */
export function interrupt(s: Step): void {
  const { call } = s
  cancelOpen(s)
  call.wishes = { reply: null, say: null }
  call.owed = null
  flush(s)
  stay(s)
}
