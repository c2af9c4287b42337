/** The caller is with us again: the person has hung up, or nobody was reached. What happens then is declared by outcome. */
import { routeCaller, routeLegs, sessionDo } from './command.ts'
import { final } from './ending.ts'
import { remember } from './history.ts'
import { settleRecord } from './let-go.ts'
import type { EndReason } from './ports.ts'
import { sayable, speak } from './prompts.ts'
import { ask } from './responses.ts'
import { outputSent } from './seen.ts'
import { openSession, tell } from './sessions.ts'
import { type Step, sessionReady } from './state.ts'
import type { TransferState } from './state-parts.ts'

export type Outcome = 'busy' | 'noAnswer' | 'failed' | 'ended'

const WORDS: Readonly<Record<Outcome, string>> = {
  busy: 'the line is busy',
  noAnswer: 'nobody answered',
  failed: 'the call could not be made',
  ended: 'the person has hung up, and the caller is with you again',
}

const ENDED: EndReason = { code: 'hangup', by: 'person' }
const UNREACHED: EndReason = { code: 'transfer_failed', by: 'switchboard' }

export function comeBack(s: Step, outcome: Outcome): void {
  const { call } = s
  const { transfer } = call
  if (transfer === null || call.phase !== 'away') return
  settleRecord(s, outcome === 'ended' ? 'connected' : outcome)
  routeLegs(s, call.caller, null)
  const destination = call.policy.destinations?.find(each => each.name === transfer.destination)
  const { say, hangUp } = destination?.outcomes[outcome] ?? { hangUp: true }
  call.phase = 'live'
  if (hangUp) {
    const why = outcome === 'ended' ? ENDED : { ...UNREACHED, detail: outcome }
    return final(s, { ...(say && { say }), then: { hangUp: true } }, why)
  }
  call.silences = 0
  call.misses = 0
  call.reopens = 0
  const says = say !== undefined && sayable(say)
  toAgent(s, transfer, `Transfer to ${transfer.destination}: ${WORDS[outcome]}.`, !says)
  if (says) speak(s, `transfer-${outcome}`, say)
}

/** The model learns how it went, by the answer of its own call of the tool where there was one. `speaks`: it is to say something now. */
function toAgent(s: Step, transfer: TransferState, text: string, speaks: boolean): void {
  const { call } = s
  const { tool } = transfer
  remember(call, 'system', null, text)
  if (call.sessions.main === undefined) openSession(s, 'main')
  if (!sessionReady(call)) {
    call.respondAfterReopen = speaks
    return
  }
  routeCaller(s, 'main')
  if (tool !== null && tool.session === call.sessions.main?.n) {
    const output = JSON.stringify({ transferred: false, why: text })
    if (sessionDo(s, { do: 'toolResult', call: tool.call, output })) outputSent(s, tool.call)
  } else tell(s, 'system', text)
  if (speaks) ask(s, { why: 'tool' })
}
