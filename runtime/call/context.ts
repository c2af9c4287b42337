/** What is known of the caller is asked for while it rings: the session is opened with it, or without, or the call is not taken. */
import { final } from './ending.ts'
import { contextLate } from './errors.ts'
import type { CallEvent } from './events.ts'
import { moment, record } from './record.ts'
import { openSession } from './sessions.ts'
import type { Step } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

/** Asks, if there is something to ask. */
export function beginSession(s: Step): void {
  const { call, now } = s
  const { context } = call.policy
  if (context === undefined) return openSession(s, 'main')
  call.askedAt = now
  s.out.push({ do: 'askContext', deadline: now + context.withinMs })
  setTimer(call, 'context', now + context.withinMs)
}

export function onContext(s: Step, e: Omit<Extract<CallEvent, { type: 'context' }>, 'type'>): void {
  const { call, now } = s
  if (call.askedAt === null) return
  const ms = now - call.askedAt
  call.askedAt = null
  clearTimer(call, 'context')
  if (call.phase !== 'ringing') return
  record(s, { kind: 'context', ok: e.ok, ms, ...(e.code !== undefined && { code: e.code }) })
  moment(s, 'context', { ok: e.ok, ms, ...(e.code !== undefined && { code: e.code }) })
  if (!e.ok && call.policy.context?.refuse === true) {
    const detail = e.code ?? contextLate.code
    return final(s, call.policy.unavailable, { code: 'unavailable', by: 'switchboard', detail })
  }
  if (e.policy !== undefined) call.policy = e.policy
  openSession(s, 'main')
}

export function onContextLate(s: Step): void {
  onContext(s, { ok: false, code: contextLate.code })
}
