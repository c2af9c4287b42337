/** Every way out of a call: at once, or after last words; each with a bound, each ending in one 'free'. */

import { recordCallerTurns } from './caller-turns.ts'
import { legDo, sessionDo } from './command.ts'
import { agentBusy, flush, settle } from './items.ts'
import { giveUpTransfer } from './let-go.ts'
import { settlePause } from './pause.ts'
import type { FinalActionPolicy, PromptPolicy } from './policy.ts'
import type { EndReason, LegCommand } from './ports.ts'
import { APOLOGY, sayable, speak, speakClip } from './prompts.ts'
import { figure, record, spanEnd } from './record.ts'
import { takeBack } from './responses.ts'
import { callerLeg, type Step, sessionReady } from './state.ts'
import { clearTimer, setTimer } from './timers.ts'
import { cutTools } from './tool-runs.ts'

/** Last words end by then, whatever happens. */
const ENDING_MS = 12_000
/** A session that has not begun to speak the last words by then is not waited for. */
const END_SAY_MS = 4000
/** A leg that does not end after a hang-up is dropped. */
const CLOSING_MS = 3000

/** Ends the call with last words, if there are any and somebody to hear them. */
export function final(s: Step, action: FinalActionPolicy, why: EndReason): void {
  const { call } = s
  const leg = callerLeg(call)
  const elsewhere = call.transfer?.stage === 'transferring'
  if (call.phase === 'ringing') {
    if (action.say === undefined) return refuse(s, 'reject' in action.then ? action.then.reject : 480, why)
    legDo(s, { do: 'answer' })
    clearTimer(call, 'answer')
    setTimer(call, 'answered', s.now + 40_000)
  } else if (call.phase === 'away') giveUpTransfer(s)
  else if (call.phase !== 'live' && call.phase !== 'answering') return
  // Nobody would hear last words on hold.
  const say = leg.held ? undefined : (action.say ?? (why.code === 'unavailable' && leg.answered ? sorry : undefined))
  if (say === undefined) return hangUp(s, why)
  if (elsewhere) legDo(s, { do: 'recall' })
  silenceAgent(s)
  call.phase = 'ending'
  call.goodbye = null
  call.ending = {
    why,
    spoken: false,
    stage: 'waiting',
    say: {
      ...(say.text === undefined || !sayable(say) ? {} : { text: say.text }),
      ...(say.clip === undefined ? {} : { clip: say.clip }),
    },
  }
  for (const name of [
    'greet',
    'silence',
    'waiting',
    'deadAir',
    'dtmf',
    'judge',
    'reopen',
    'max',
    'hold',
    'drain',
    'goodbye',
  ] as const)
    clearTimer(call, name)
  if (leg.answered) sayEnd(s)
}

const sorry: PromptPolicy = { clip: APOLOGY, interruptible: false }

/** Takes back what the agent was about to say. */
function silenceAgent(s: Step): void {
  const { call } = s
  call.wishes = { reply: null, say: null }
  call.owed = null
  call.speech = null
  takeBack(s)
  settlePause(s)
}

/** The last words begin, once the call is answered. */
export function sayEnd(s: Step): void {
  const { call } = s
  const ending = call.ending
  if (ending === null || ending.stage === 'saying') return
  ending.stage = 'saying'
  setTimer(call, 'ending', s.now + ENDING_MS)
  const clip = ending.say?.clip
  const text = ending.say?.text
  // A session that gave dead air is not trusted with the last words.
  const trusted = sessionReady(call) && ending.why.code !== 'dead_air' && ending.why.code !== 'unavailable'
  if (clip === undefined && text !== undefined && trusted) {
    sessionDo(s, { do: 'autoRespond', on: false })
    speak(s, 'end', { text, interruptible: false })
    setTimer(call, 'endSay', s.now + END_SAY_MS)
  } else apologise(s, clip ?? APOLOGY)
}

function apologise(s: Step, clip: string): void {
  const { call } = s
  if (call.ending !== null) call.ending.spoken = true
  clearTimer(call, 'endSay')
  call.wishes = { reply: null, say: null }
  takeBack(s)
  speakClip(s, 'end', clip, false)
}

/** The session did not begin to speak. */
export function onEndSay(s: Step): void {
  if (s.call.phase === 'ending' && s.call.ending?.spoken === false) apologise(s, APOLOGY)
}

/** Last words over? Then hang up; never begun? Then the clip. Called at the end of every step. */
export function settleEnding(s: Step): void {
  const { call } = s
  if (call.phase !== 'ending' || call.ending?.stage !== 'saying') return
  const pending = call.response !== null && !call.response.cancelling
  if (pending || agentBusy(call) || (call.wishes.say !== null && sessionReady(call))) return
  if (call.ending.spoken) hangUp(s, call.ending.why)
  else apologise(s, APOLOGY)
}

/** Refuses a call that was not answered. */
export function refuse(s: Step, status: number, why: EndReason): void {
  close(s, why, { do: 'reject', status, reason: why.code })
}

/** Ends the call now. */
export function hangUp(s: Step, why: EndReason): void {
  if (s.call.phase === 'ringing') return refuse(s, 480, why)
  close(s, why, { do: 'hangUp', why })
}

type Last = Omit<Extract<LegCommand, { do: 'reject' }>, 'id'> | Omit<Extract<LegCommand, { do: 'hangUp' }>, 'id'>

function close(s: Step, why: EndReason, command: Last): void {
  const { call } = s
  if (call.phase === 'closing' || call.phase === 'over') return
  if (agentBusy(call)) flush(s)
  giveUpTransfer(s)
  legDo(s, command)
  callerLeg(call).open = false
  closeSessions(s)
  call.ending = { why, spoken: true, stage: 'saying', say: null }
  call.phase = 'closing'
  call.timers = {}
  setTimer(call, 'closing', s.now + CLOSING_MS)
}

export function closeSessions(s: Step): void {
  const { call } = s
  for (const slot of ['main', 'next'] as const) {
    const session = call.sessions[slot]
    if (session === undefined) continue
    delete call.sessions[slot]
    s.out.push({ do: 'closeSession', slot })
    record(s, { kind: 'session', what: 'closed' })
    spanEnd(s, 'session', `s${session.n}`)
  }
  call.response = null
  call.wishes = { reply: null, say: null }
  call.deadItems = []
}

/** The leg is gone, or is given up: everything that the call held is given back. Once. */
export function finish(s: Step, ended: EndReason): void {
  const { call, now } = s
  if (call.phase === 'over') return
  const why = call.ending?.why ?? ended
  callerLeg(call).open = false
  giveUpTransfer(s)
  closeSessions(s)
  cutTools(s)
  for (const item of call.items) settle(s, item, null, 0, true)
  recordCallerTurns(s)
  call.phase = 'over'
  call.timers = {}
  figure(s, 'callMs', now - call.offeredAt)
  record(s, { kind: 'end', why })
  s.out.push({ do: 'free', why })
}
