/** From the first sign of a call to its greeting: it rings until the session is ready. */
import { legDo, routeCaller } from './command.ts'
import { beginSession } from './context.ts'
import { disclose, unsayable } from './disclosures.ts'
import { final, hangUp, sayEnd } from './ending.ts'
import { hush } from './hush.ts'
import { figure, record } from './record.ts'
import { callerLeg, type Step } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

/** A 2xx is retransmitted for 64·T1 = 32 s (RFC 3261 §13.3.1.4); a leg that says nothing after that is broken. */
const ANSWERED_MS = 40_000
/** How long the greeting waits for the caller's first packet: some send none until they hear us. */
const GREET_MS = 200

export function onOffered(s: Step): void {
  const { call, now } = s
  if (call.phase !== 'new') return
  call.phase = 'ringing'
  call.offeredAt = now
  record(s, { kind: 'begin' })
  legDo(s, { do: 'ring' })
  setTimer(call, 'answer', now + call.policy.answerWithinMs)
  const missing = unsayable(call)
  if (missing !== null)
    return final(s, call.policy.unavailable, {
      code: 'unavailable',
      by: 'switchboard',
      detail: `${missing} cannot be said`,
    })
  beginSession(s)
}

export function onAnswerLate(s: Step): void {
  final(s, s.call.policy.unavailable, { code: 'unavailable', by: 'provider', detail: 'no session in time' })
}

/** There is a session: answer. */
export function answer(s: Step): void {
  const { call } = s
  if (call.phase !== 'ringing') return
  clearTimer(call, 'answer')
  call.phase = 'answering'
  legDo(s, { do: 'answer' })
  setTimer(call, 'answered', s.now + ANSWERED_MS)
}

export function onAnswerFailed(s: Step): void {
  hangUp(s, { code: 'signalling', by: 'caller', detail: 'the answer was not acknowledged' })
}

/** Audio may flow. */
export function onAnswered(s: Step): void {
  const { call, now } = s
  const leg = callerLeg(call)
  if (leg.answered || (call.phase !== 'answering' && call.phase !== 'ending')) return
  leg.answered = true
  call.answeredAt = now
  clearTimer(call, 'answered')
  figure(s, 'answerMs', now - call.offeredAt)
  record(s, { kind: 'answered', afterMs: now - call.offeredAt })
  if (call.phase === 'ending') return sayEnd(s)
  call.phase = 'live'
  if (call.sessions.main?.ready === true) {
    routeCaller(s, 'main')
    hush(s)
  }
  setTimer(call, 'max', now + call.policy.limits.maxMs)
  if (leg.media) greet(s)
  else setTimer(call, 'greet', now + GREET_MS)
}

export function onMedia(s: Step): void {
  callerLeg(s.call).media = true
  greet(s)
}

/** Once: disclosures, then the greeting. */
export function greet(s: Step): void {
  const { call } = s
  if (call.phase !== 'live' || call.greeted) return
  call.greeted = true
  clearTimer(call, 'greet')
  disclose(s)
}
