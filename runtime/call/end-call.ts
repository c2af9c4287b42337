/** `end_call`, the tool by which the agent hangs up: its last words are played first. */
import { sessionDo } from './command.ts'
import { hangUp } from './ending.ts'
import { agentBusy } from './items.ts'
import type { ToolDeclaration } from './ports.ts'
import type { Step } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'

/** What the model is offered when `callControl.endCall` is there. */
export const endCallTool: ToolDeclaration = {
  name: 'end_call',
  description:
    'Ends the phone call. Say goodbye first, in the same turn. Only call this when the caller has nothing more to ask or wants to end the call.',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
}

export function goodbye(s: Step, id: string): void {
  const { call, now } = s
  if (call.goodbye !== null) return
  call.goodbye = { call: id, session: call.sessions.main?.n ?? 0 }
  call.wishes = { reply: null, say: null }
  setTimer(call, 'goodbye', now + call.policy.endCall.goodbyeMs)
}

/** Hangs up when the last words are over; called at the end of every step. */
export function settleGoodbye(s: Step): void {
  const { call } = s
  if (call.phase !== 'live' || call.goodbye === null || call.response !== null || agentBusy(call)) return
  if (call.speech === null || !call.speech.proven) onGoodbyeOver(s)
}

/** Its bound, or its end. */
export function onGoodbyeOver(s: Step): void {
  if (s.call.phase === 'live') hangUp(s, { code: 'hangup', by: 'agent' })
}

/** The caller spoke into the goodbye: the call goes on. */
export function stay(s: Step): void {
  const { call } = s
  const { goodbye } = call
  if (goodbye === null) return
  call.goodbye = null
  clearTimer(call, 'goodbye')
  const output = JSON.stringify({ error: 'The caller is still speaking: the call goes on.' })
  if (goodbye.session === call.sessions.main?.n) sessionDo(s, { do: 'toolResult', call: goodbye.call, output })
}
