/** The call machine: events in, effects out. It owns no clock, no timer and no audio. */
import type { Ms } from '#runtime/media/format.ts'
import { judge, onInterrupted, onJudged } from './barge-in.ts'
import { onFarLeg, onFarMediaLost } from './bridge.ts'
import { onTranscript, recordCallerTurns } from './caller-turns.ts'
import { onContext, onContextLate } from './context.ts'
import { onDeadAir, paid, settleDeadAir } from './dead-air.ts'
import { onDisclosed } from './disclosures.ts'
import { onDigit, onDigits } from './dtmf.ts'
import type { CallEffect } from './effects.ts'
import { onGoodbyeOver, settleGoodbye } from './end-call.ts'
import { finish, hangUp, onEndSay, settleEnding } from './ending.ts'
import { sessionSlow } from './errors.ts'
import type { CallEvent, SessionSlot } from './events.ts'
import { wordsToPerson } from './human.ts'
import { settleHush } from './hush.ts'
import { isDisclosure, onAudible, onDry, onFlushed, onItemDone, onPlayed, settle } from './items.ts'
import { onDrain, onDrainDue, onHeld, onHoldOver, onMax, onMediaLost, onOperator, onSilentLine } from './limits.ts'
import { settleOpening } from './opening.ts'
import { onError, onItem, onResponseDone, onResponseStarted } from './outcomes.ts'
import { settlePause } from './pause.ts'
import type { LegEvent, SessionEvent } from './ports.ts'
import { figure, record } from './record.ts'
import { pump } from './responses.ts'
import { answer, greet, onAnswered, onAnswerFailed, onAnswerLate, onMedia, onOffered } from './ringing.ts'
import { onExpiring, onForceSwap, onOpenNext, settleRollover } from './rollover.ts'
import { onToolTaken } from './seen.ts'
import { abandon, lose, loseNext, onReady, openSession } from './sessions.ts'
import { onSilence, settleSilence } from './silence.ts'
import { onSpeechStarted, onSpeechStopped } from './speech.ts'
import type { CallState, Step } from './state.ts'
import { clearTimer, earliest, type TimerName, takeDue } from './timers.ts'
import { onToolCall, onToolCancelled, onToolDeadline, onToolResult } from './tools.ts'
import { onTransferLate, onTransferNews, settleTransfer } from './transfer.ts'
import { onWaiting, settleWaiting } from './waiting.ts'

/** Timers that may come due in one step; a bound, not a measure. */
const MAX_DUE = 64

/**
 * Takes one event: mutates `call`, pushes what is to be done, in order, and sets `call.wakeAt`. Events that make no sense now are ignored.
 * After the effect 'free' there is none.
 */
export function step(call: CallState, event: CallEvent, now: Ms, out: CallEffect[]): void {
  if (call.phase === 'over') return
  const s: Step = { call, now, out }
  dispatch(s, event)
  for (let i = 0; i < MAX_DUE; i++) {
    const due = takeDue(call, now)
    if (due === null) break
    TIMERS[due](s)
  }
  settleAll(s)
  call.wakeAt = earliest(call)
}

/** What follows from the state, whatever the event was. */
function settleAll(s: Step): void {
  settleRollover(s)
  settleOpening(s)
  pump(s)
  settleHush(s)
  settleDeadAir(s)
  settleGoodbye(s)
  settleTransfer(s)
  settleEnding(s)
  settleSilence(s)
  settleWaiting(s)
  // last: a flush by any of them ends a pause
  settlePause(s)
}

function dispatch(s: Step, e: CallEvent): void {
  const { call } = s
  if ('leg' in e && e.leg !== call.caller) {
    if (e.type === 'leg') onFarLeg(s, e.leg, e.event)
    return
  }
  switch (e.type) {
    case 'offered':
      return onOffered(s)
    case 'leg':
      return onLeg(s, e.event)
    case 'session':
      return e.slot === 'main' ? onSession(s, e.event, e.quietMs) : onNextSession(s, e.event)
    case 'heard':
      return onFlushed(s, e.items)
    case 'played':
      return onPlayed(s, e.items)
    case 'audible':
      return audible(s, e.item)
    case 'judged':
      return onJudged(s, e.echo, e.speechMs, e.quietMs ?? 0)
    case 'clipDone':
      return clipDone(s, e.prompt, e.heardMs ?? 0, e.totalMs ?? 0)
    case 'tool':
      return onToolResult(s, e.id, {
        ok: e.ok,
        output: e.output,
        ...(e.code === undefined ? {} : { code: e.code }),
        ...(e.display === undefined ? {} : { display: e.display }),
      })
    case 'context':
      return onContext(s, e)
    case 'drain':
      return onDrain(s, e.deadline, e.end)
    case 'hangUp':
      return onOperator(s)
    case 'wake':
      return
  }
}

function onLeg(s: Step, e: LegEvent): void {
  switch (e.type) {
    case 'answered':
      return onAnswered(s)
    case 'media':
      return onMedia(s)
    case 'digit':
      return onDigit(s, e.digit)
    case 'held':
      return onHeld(s, e.held)
    case 'silent':
      return onSilentLine(s, e.forMs)
    case 'resumed':
      return clearTimer(s.call, 'media')
    case 'transferring':
    case 'transferred':
      if (onTransferNews(s, e)) hangUp(s, { code: 'transferred', by: 'switchboard' })
      return
    case 'ringing':
    case 'unanswered':
      return
    case 'quality':
      return figure(s, 'mos', e.quality.mos)
    case 'done':
      if (!e.ok && (s.call.phase === 'answering' || s.call.phase === 'ringing'))
        hangUp(s, { code: 'signalling', by: 'caller', ...(e.code === undefined ? {} : { detail: e.code }) })
      return
    case 'ended':
      return finish(s, e.why)
  }
}

function onSession(s: Step, e: SessionEvent, quietMs?: Ms): void {
  if (s.call.sessions.main === undefined) return
  switch (e.type) {
    case 'ready':
      onReady(s, 'main')
      return answer(s)
    case 'speech':
      return e.started ? onSpeechStarted(s, e.item) : onSpeechStopped(s, e.audioMs, quietMs)
    case 'responseStarted':
      return onResponseStarted(s, e.response)
    case 'item':
      return onItem(s, e.response, e.item)
    case 'itemDone':
      return onItemDone(s, e.item)
    case 'responseDone':
      return onResponseDone(s, e)
    case 'transcript':
      return wordsToPerson(s, onTranscript(s, e.role, e.item, e.text, e.final) ?? '')
    case 'toolCall':
      return onToolCall(s, e)
    case 'toolCancelled':
      return onToolCancelled(s, e.call)
    case 'interrupted':
      return onInterrupted(s)
    case 'resumable':
      s.call.heldUpTo = s.call.seq
      return
    case 'toolTaken':
      return onToolTaken(s, e.call)
    case 'usage':
      return record(s, { kind: 'usage', source: e.kind, usage: e.usage })
    case 'limits':
      return
    case 'expiring':
      return onExpiring(s, e.inMs)
    case 'error':
      return onError(s, e)
    case 'closed':
      return lose(s, e.code, e.retry)
  }
}

/** The session that is to take over does not speak yet. */
function onNextSession(s: Step, e: SessionEvent): void {
  if (e.type === 'ready') onReady(s, 'next' satisfies SessionSlot)
  else if (e.type === 'closed') loseNext(s, e.code, e.retry)
}

function audible(s: Step, id: string): void {
  const { kind, response } = s.call.items.find(i => i.id === id) ?? {}
  if (!onAudible(s, id)) return
  paid(s)
  const open = s.call.response
  if (open !== null && open.id === response) open.heard = true
  if (kind === 'session') s.call.reopens = 0
}

function clipDone(s: Step, prompt: string, heardMs: Ms, totalMs: Ms): void {
  const item = s.call.items.find(i => i.id === prompt && i.kind === 'clip')
  if (item === undefined) return
  settle(s, item, heardMs, totalMs, heardMs < totalMs)
  if (isDisclosure(item)) onDisclosed(s, heardMs, totalMs)
}

const TIMERS: Record<TimerName, (s: Step) => void> = {
  context: onContextLate,
  answer: onAnswerLate,
  answered: onAnswerFailed,
  greet,
  opening: abandon,
  reopen: s => openSession(s, 'main'),
  openNext: onOpenNext,
  nextOpening: s => {
    if (s.call.sessions.next === undefined) return
    s.out.push({ do: 'closeSession', slot: 'next', failed: sessionSlow.code })
    loseNext(s, sessionSlow.code, true)
  },
  forceSwap: onForceSwap,
  handle: () => {},
  deadAir: onDeadAir,
  cancel: abandon,
  pump: () => {},
  silence: onSilence,
  waiting: onWaiting,
  max: onMax,
  hold: onHoldOver,
  media: onMediaLost,
  drain: onDrainDue,
  dtmf: onDigits,
  judge,
  tools: onToolDeadline,
  goodbye: onGoodbyeOver,
  dry: onDry,
  callerText: recordCallerTurns,
  transfer: onTransferLate,
  farMedia: onFarMediaLost,
  endSay: onEndSay,
  ending: s => {
    if (s.call.ending !== null) hangUp(s, s.call.ending.why)
  },
  closing: s => {
    if (s.call.ending !== null) finish(s, s.call.ending.why)
  },
}
