/**
 * Something must be said to the caller before the agent speaks. Until then the session listens, and what it says by itself is not heard: a
 * caller who speaks is answered when the turn of the agent has come.
 */
import { sessionDo } from './command.ts'
import type { CallState, Step } from './state.ts'

/** Not all that must be said first is over. */
export const disclosing = (call: CallState): boolean => call.disclosed < (call.policy.disclosures?.length ?? 0)

/** A session hears the caller from now on, and is to make no response by itself. */
export function hush(s: Step): void {
  if (s.call.hushed && s.call.policy.responses === 'provider') sessionDo(s, { do: 'autoRespond', on: false })
}

/** All was said, the greeting is asked for, and the caller is silent: an answer of the server's own comes in its turn. Called at the end of every step. */
export function settleHush(s: Step): void {
  const { call } = s
  if (!call.hushed || call.phase !== 'live' || !call.greeted || disclosing(call)) return
  if (call.wishes.say !== null || call.speech?.proven === true) return
  call.hushed = false
  if (call.policy.responses === 'provider') sessionDo(s, { do: 'autoRespond', on: true })
}
