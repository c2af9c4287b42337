/** `end_call`, the tool by which the agent hangs up: its last words are played first. */
import { sessionDo } from './command.ts'
import { hangUp } from './ending.ts'
import { agentBusy } from './items.ts'
import type { ToolDeclaration } from './ports.ts'
import type { Step } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'
import { leave } from './transfer.ts'

/** Longest wait for the last words before a transfer, where nothing says otherwise. */
const GOODBYE_MS = 10_000

/** What the model is offered when `callControl.endCall` is there. */
export const endCallTool: ToolDeclaration = {
  name: 'end_call',
  description:
    'Ends the phone call. Say goodbye first, in the same turn. Only call this when the caller has nothing more to ask or wants to end the call.',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
}

/** @param transfer the destination to go to then, instead of hanging up */
export function goodbye(s: Step, id: string, transfer?: string): void {
  const { call, now } = s
  if (call.goodbye !== null) return
  call.goodbye = { call: id, session: call.sessions.main?.n ?? 0, ...(transfer === undefined ? {} : { transfer }) }
  call.wishes = { reply: null, say: null }
  setTimer(call, 'goodbye', now + (call.policy.endCall.goodbyeMs || GOODBYE_MS))
}

/** Hangs up when the last words are over; called at the end of every step. */
export function settleGoodbye(s: Step): void {
  const { call } = s
  if (call.phase !== 'live' || call.goodbye === null || call.response !== null || agentBusy(call)) return
  if (call.speech === null || !call.speech.proven) onGoodbyeOver(s)
}

/** Its bound, or its end. */
export function onGoodbyeOver(s: Step): void {
  const { goodbye, phase } = s.call
  if (phase !== 'live') return
  if (goodbye?.transfer === undefined) return hangUp(s, { code: 'hangup', by: 'agent' })
  const { call, session, transfer } = goodbye
  leave(s, { destination: transfer, by: 'model', tool: { call, session } })
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
