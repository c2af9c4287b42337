/**
 * What a response that the server makes by itself has seen of what we told the session. It begins on what is in the conversation then: an output
 * that comes later is not in it, and must be asked for; one that was there is, and asking again would make the agent talk twice.
 */
import type { Ms } from '#runtime/media/format.ts'
import type { CallState, Step } from './state.ts'
import type { Wish } from './state-parts.ts'

/** A response that starts this long after something was told has seen it, where no word of the session says so. */
const SEEN_MS = 100
/** A session that does not tell that it has taken an output is believed to have, after this. */
const TAKEN_MS = 1000
/** After the end of the caller's sound the server may make a response by itself within this. */
const SERVER_MS = 300
const MAX_OUTPUTS = 32

/** An output was sent; until the session has it, a response that starts is one without it. */
export function outputSent(s: Step, tool: string): void {
  const { call, now } = s
  call.outputs = call.outputs.filter(o => o.at + TAKEN_MS > now).slice(1 - MAX_OUTPUTS)
  call.outputs.push({ call: tool, at: now })
}

export function onToolTaken(s: Step, tool: string): void {
  s.call.outputs = s.call.outputs.filter(o => o.call !== tool)
}

/** Whether all outputs that were sent are in the conversation. */
export function outputsTaken(call: CallState, now: Ms): boolean {
  return call.outputs.every(o => o.at + TAKEN_MS <= now)
}

/** Whether a response that starts now answers what is wished for. */
export function seen(call: CallState, wish: Wish, now: Ms): boolean {
  if (wish.why === 'tool') return outputsTaken(call, now)
  // a session that took over was told all before it heard a word
  return wish.why === 'turn' || wish.why === 'retry' || wish.why === 'reopened' || wish.at + SEEN_MS <= now
}

/** The caller's sound is over: the server may be making a response. One of ours waits until that is known. */
export function serverMayRespond(s: Step): void {
  if (s.call.policy.responses === 'provider') s.call.serverUntil = s.now + SERVER_MS
}
