/** What the session says of responses and items. */
import { missed } from './dead-air.ts'
import { addItem, bury, isDead, onItemDone, truncateDead } from './items.ts'
import type { SessionEvent } from './ports.ts'
import { record } from './record.ts'
import { askAgain, cancelOpen, closeResponse, sendCancel, takeBack } from './responses.ts'
import { outputsTaken, seen } from './seen.ts'
import type { Step } from './state.ts'
import type { OpenResponse, Wish } from './state-parts.ts'
import { settleBatch } from './tools.ts'
import { endWaiting } from './waiting.ts'

const MAX_DEAD_ITEMS = 16

const serverWish = (s: Step): Wish => ({
  n: 0,
  alone: true,
  why: 'turn',
  at: s.now,
  notBefore: s.now,
  graceMs: 0,
  interruptible: true,
})

export function onResponseStarted(s: Step, id: string): void {
  const { call, now } = s
  if (isDead(call, id) || call.response?.id === id) return
  const open = call.response
  if (open !== null && open.id === null) {
    open.id = id
    open.answers = seen(call, open.wish, now)
    if (open.cancelling) {
      sendCancel(s)
      return
    }
    if (outputsTaken(call, now)) call.batches = []
    const { reply } = call.wishes
    // events come in order: a turn whose end was told before is in what it answers, and so is an output that was taken before
    const answered = reply?.why === 'turn' || (reply?.why === 'tool' && reply.alone && outputsTaken(call, now))
    if (reply === null || !answered) return
    if (open.wish.say === undefined) call.wishes.reply = null
    // words that we asked for answer nobody; what the server made by itself instead does
    else open.saw = reply.n
    return
  }
  // The end of an older one was missed: a session has one at a time.
  if (open !== null) closeResponse(s)
  call.response = {
    id,
    by: 'server',
    wish: serverWish(s),
    startedAt: now,
    answers: true,
    saw: null,
    heard: false,
    cancelling: false,
  }
  const { reply } = call.wishes
  const unwanted =
    call.phase !== 'live' ||
    call.hushed ||
    call.goodbye !== null ||
    now < call.disownUntil ||
    call.speech?.proven === true
  if (unwanted) cancelOpen(s)
  else {
    // what it has seen needs no other response, though more outputs of the same call may come
    if (outputsTaken(call, now)) call.batches = []
    if (reply !== null && seen(call, reply, now)) call.wishes.reply = null
  }
  call.serverUntil = now
  call.disownUntil = now
}

export function onItem(s: Step, response: string, item: string): void {
  const { call } = s
  if (call.response === null || call.response.id === null) onResponseStarted(s, response)
  const open = call.response
  if (open === null || open.id !== response || open.cancelling || isDead(call, response)) {
    // Never heard: what is not buried yet is, so that no sound of it gets out.
    bury(s, response)
    if (call.deadItems.length < MAX_DEAD_ITEMS) call.deadItems.push(item)
    if (open === null || open.id !== response) truncateDead(s)
    return
  }
  const { prompt, interruptible } = open.wish
  endWaiting(s)
  addItem(s, {
    id: item,
    kind: 'session',
    session: call.sessions.main?.n ?? 0,
    response,
    ...(prompt === undefined ? {} : { prompt }),
    interruptible,
    startedAt: open.startedAt,
    audibleAt: null,
    done: false,
    dry: null,
    cut: false,
  })
}

export function onResponseDone(s: Step, e: Extract<SessionEvent, { type: 'responseDone' }>): void {
  const { call } = s
  if (e.usage !== undefined) record(s, { kind: 'usage', source: 'response', usage: e.usage })
  const open = call.response
  if (open === null || (open.id !== e.response && (open.id !== null || isDead(call, e.response)))) return
  closeResponse(s)
  if (open.cancelling) truncateDead(s)
  if (open.cancelling && open.id !== null && e.status !== 'cancelled') call.lateCancels++
  if (e.toolCalls > 0) call.owed = null
  for (const item of call.items) if (item.response === e.response) onItemDone(s, item.id)
  settleBatch(s, e.response)
  // what was owed while its end had not come yet is not owed any more
  if (open.heard && !call.items.some(i => i.response === e.response)) call.owed = null
  if (!open.cancelling && isMiss(e)) missed(s, open.wish, e.code)
}

function isMiss(e: Extract<SessionEvent, { type: 'responseDone' }>): boolean {
  return e.status !== 'cancelled' && e.items === 0 && e.toolCalls === 0
}

export function onError(s: Step, e: Extract<SessionEvent, { type: 'error' }>): void {
  const open = s.call.response
  if (e.code === 'response_cancel_not_active') {
    // The end of the response came first, and the next one may be cancelled by now: this is not about that one.
    if (s.call.lateCancels > 0) s.call.lateCancels--
    else if (open?.cancelling === true && open.id !== null) closeCancelled(s, open)
    return
  }
  if (e.code === 'conversation_already_has_active_response') return refusedCreate(s)
  record(s, { kind: 'fault', code: e.code })
  if (e.command !== 'respond' || open === null || open.id !== null) return
  closeResponse(s)
  if (!open.cancelling) missed(s, open.wish, e.code)
}

function closeCancelled(s: Step, open: OpenResponse): void {
  closeResponse(s)
  truncateDead(s)
  if (open.id !== null) settleBatch(s, open.id)
}

/** The server had made a response by itself when our create came: it stands, and ours waits unless it asked for no more than that. */
function refusedCreate(s: Step): void {
  const open = s.call.response
  if (open === null || open.by === 'server') return
  open.by = 'server'
  const { wish } = open
  open.wish = serverWish(s)
  if (!open.cancelling && !open.answers) askAgain(s, wish)
  if (!open.cancelling && open.saw !== null && s.call.wishes.reply?.n === open.saw) s.call.wishes.reply = null
  if (s.call.phase === 'ending') takeBack(s)
}
