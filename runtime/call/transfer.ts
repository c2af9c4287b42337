/** A caller is handed to somebody else: announced, then tried by each way that the destination has, until somebody answers or nobody is left to ask. */

import { comeBack } from './come-back.ts'
import { legDo, routeCaller, toneDo } from './command.ts'
import { transferTimeout } from './errors.ts'
import { agentBusy } from './items.ts'
import { drop, settleRecord } from './let-go.ts'
import { settlePause } from './pause.ts'
import type { DestinationPolicy, PromptPolicy } from './policy.ts'
import type { LegEvent } from './ports.ts'
import { PUT_THROUGH, sayable, speak, speakClip } from './prompts.ts'
import { record, span } from './record.ts'
import { takeBack } from './responses.ts'
import { type CallState, type Step, sessionReady } from './state.ts'
import type { TransferState } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'

/** A session that has not begun to speak the announcement by then is not waited for. */
const SAY_MS = 4000
/** The announcement is over by then, whatever happens. */
const ANNOUNCED_MS = 15_000
/** A peer that accepted our wish and then says nothing for so long does not do it: the agent goes on. */
const NEWS_MS = 30_000
/** A leg that rings ends by itself; later than this it is ended here. */
const RING_SLACK_MS = 2000

export interface Wanted {
  readonly destination: string
  readonly by: TransferState['by']
  readonly tool?: TransferState['tool']
  /** Instead of the destination's own. */
  readonly say?: PromptPolicy
}

export function destinationOf(call: CallState, name: string): DestinationPolicy | undefined {
  return call.policy.destinations?.find(each => each.name === name)
}

/** The caller leaves the agent: nothing more is said by it, and nothing of the caller goes to the model. */
export function leave(s: Step, wanted: Wanted): void {
  const { call, now } = s
  const destination = destinationOf(call, wanted.destination)
  if (call.phase !== 'live' || destination === undefined) return
  call.phase = 'away'
  call.goodbye = null
  call.digits = ''
  call.wishes = { reply: null, say: null }
  call.owed = null
  call.speech = null
  for (const name of ['greet', 'silence', 'waiting', 'deadAir', 'dtmf', 'judge', 'reopen', 'goodbye'] as const)
    clearTimer(call, name)
  takeBack(s)
  settlePause(s)
  routeCaller(s, null)
  const n = ++call.seq
  call.transfer = {
    n,
    destination: destination.name,
    by: wanted.by,
    tool: wanted.tool ?? null,
    since: now,
    stage: 'announcing',
    spoken: false,
    ways: [...destination.ways],
    way: null,
    triedAt: now,
    command: null,
    leg: null,
    early: false,
    answeredAt: null,
  }
  span(s, 'transfer', `t${n}`, { destination: destination.name, by: wanted.by })
  announce(s, wanted.say ?? destination.say)
}

function announce(s: Step, say: PromptPolicy | undefined): void {
  const { call, now } = s
  if (say === undefined) return tryNext(s)
  if (say.clip === undefined && (!sessionReady(call) || !sayable(say)))
    return speakClip(s, 'transfer', PUT_THROUGH, false)
  speak(s, 'transfer', { ...say, interruptible: false })
  setTimer(call, 'transfer', now + (say.clip === undefined ? SAY_MS : ANNOUNCED_MS))
}

/** Is the announcement over? Called at the end of every step. */
export function settleTransfer(s: Step): void {
  const { call } = s
  const { transfer } = call
  if (call.phase !== 'away' || transfer?.stage !== 'announcing') return
  if (call.items.some(item => item.prompt === 'transfer' && item.audibleAt !== null) && !transfer.spoken) {
    transfer.spoken = true
    setTimer(call, 'transfer', s.now + ANNOUNCED_MS)
  }
  const pending = call.response !== null || agentBusy(call) || (call.wishes.say !== null && sessionReady(call))
  if (!pending) tryNext(s)
}

/** The timer of what is under way. */
export function onTransferLate(s: Step): void {
  const { transfer } = s.call
  switch (transfer?.stage) {
    case undefined:
    case 'bridged':
      return
    case 'announcing': {
      s.call.wishes.say = null
      takeBack(s)
      if (transfer.spoken) return tryNext(s)
      transfer.spoken = true
      setTimer(s.call, 'transfer', s.now + ANNOUNCED_MS)
      return speakClip(s, 'transfer', PUT_THROUGH, false)
    }
    case 'transferring':
      record(s, { kind: 'fault', code: transferTimeout.code })
      legDo(s, { do: 'recall' })
      return failed(s, 'failed')
    case 'dialling':
      return failed(s, 'noAnswer')
  }
}

/** The next way, or back to the agent. */
export function tryNext(s: Step, outcome: Unreached = 'failed'): void {
  const { call, now } = s
  const { transfer } = call
  if (transfer === null) return
  const destination = destinationOf(call, transfer.destination)
  const way = transfer.ways.shift()
  if (way === undefined || destination === undefined) return comeBack(s, outcome)
  transfer.way = way
  transfer.triedAt = now
  transfer.early = false
  if (way === 'transfer') {
    transfer.stage = 'transferring'
    transfer.command = legDo(s, { do: 'transfer', destination: transfer.destination })
    setTimer(call, 'transfer', now + (destination.newsMs ?? NEWS_MS))
    return
  }
  const leg = `${call.caller}.${++call.seq}`
  transfer.stage = 'dialling'
  transfer.leg = leg
  call.legs[leg] = { open: true, answered: false, media: false, held: false, paused: false }
  s.out.push({ do: 'dial', leg, destination: transfer.destination })
  setTimer(call, 'transfer', now + destination.ringMs + RING_SLACK_MS)
}

export type Unreached = 'busy' | 'noAnswer' | 'failed'

/** This way led nowhere. Only one that did not work is followed by another: who is busy is busy by any way. */
export function failed(s: Step, outcome: Unreached, mayGoOn = false): void {
  const { transfer } = s.call
  if (transfer === null) return
  drop(s)
  if (mayGoOn) tryNext(s, outcome)
  else comeBack(s, outcome)
}

/** What the caller's own leg says of a transfer that it carries out. One that succeeds late succeeds all the same: the caller is gone. */
export function onTransferNews(s: Step, e: Extract<LegEvent, { type: 'transferring' | 'transferred' }>): boolean {
  const { call } = s
  const { transfer } = call
  if (e.type === 'transferred' && e.outcome === 'done') {
    drop(s)
    settleRecord(s, 'connected')
    return true
  }
  if (transfer?.stage !== 'transferring' || transfer.command !== e.id) return false
  if (e.type === 'transferring') toneDo(s, destinationOf(call, transfer.destination)?.ringback ?? null)
  else if (e.outcome === 'refused') failed(s, 'failed', true)
  else if (e.outcome !== 'done') failed(s, e.outcome)
  return false
}
