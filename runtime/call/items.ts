/** The ledger of what the caller is to hear: which items wait, play, were played or were dropped, and what is truncated then. */
import type { Ms } from '#runtime/media/format.ts'
import type { Heard } from '#runtime/media/playout-port.ts'
import { playoutDo, sessionDo } from './command.ts'
import { heardWords, remember } from './history.ts'
import { figure, record, recordDisclosure, span, spanEnd } from './record.ts'
import { type CallState, callerLeg, type Step } from './state.ts'
import type { AgentItem } from './state-parts.ts'
import { clearTimer, setTimer } from './timers.ts'

const MAX_ITEMS = 64
const MAX_DEAD = 32
/** Names of prompts begin with these. */
export const DISCLOSURE = 'disclosure-'
export const WAITED = 'waiting-'
/** A text-only item never plays; one that is done while nothing plays is given this long. */
const DRY_MS = 1000

/** The caller hears the agent, or will as soon as playback goes on. */
export const agentBusy = (call: CallState): boolean => call.items.some(i => !i.cut)

/** Sound of the agent is leaving or waits to leave: an item that the session stopped sending in the middle is none. */
export const agentSounds = (call: CallState): boolean => call.items.some(i => !i.cut && i.dry === null)

/** Whether all that plays, waits or is being made may be interrupted. */
export function interruptible(call: CallState): boolean {
  return call.items.every(i => i.interruptible || i.cut) && call.response?.wish.interruptible !== false
}

export function isDead(call: CallState, response: string): boolean {
  return call.deadResponses.includes(response)
}

/** What is heard of these answers nobody. */
const isNoAnswer = (item: AgentItem): boolean => isDisclosure(item) || isWaiting(item)
export const isDisclosure = (item: AgentItem): boolean => item.prompt?.startsWith(DISCLOSURE) === true
export const isWaiting = (item: AgentItem): boolean => item.prompt?.startsWith(WAITED) === true

/** A flush is out: what the session must forget is not known yet. */
export const flushed = (call: CallState): boolean => call.items.some(i => i.cut && i.kind === 'session')

/** From now on nothing of this response is heard. */
export function bury(s: Step, response: string): void {
  if (isDead(s.call, response)) return
  s.call.deadResponses.push(response)
  if (s.call.deadResponses.length > MAX_DEAD) s.call.deadResponses.shift()
  s.out.push({ do: 'discard', slot: 'main', response })
}

export function addItem(s: Step, item: AgentItem): void {
  const { call } = s
  if (call.items.length >= MAX_ITEMS || call.items.some(i => i.id === item.id)) return
  call.items.push(item)
  if (item.kind === 'session') remember(call, 'agent', item.id, '')
  span(s, 'turn', item.id, { role: 'agent', response: item.response })
}

/** First audio of an item left. True: it is an answer to what the agent owes. */
export function onAudible(s: Step, id: string): boolean {
  const { call, now } = s
  const item = call.items.find(i => i.id === id)
  if (item === undefined) return false
  item.audibleAt ??= now
  item.dry = null
  if (call.ending !== null && item.prompt === 'end') call.ending.spoken = true
  if (isNoAnswer(item)) return false
  if (call.owed !== null && item.startedAt < call.owed.from) return false
  if (call.gapFrom !== null && item.startedAt >= call.gapFrom) {
    figure(s, 'turnGapMs', now - call.gapFrom)
    call.gapFrom = null
  }
  return true
}

/** The playout ran empty. */
export function onPlayed(s: Step, heard: readonly Heard[]): void {
  for (const h of heard) {
    const item = s.call.items.find(i => i.id === h.item)
    if (item === undefined) continue
    if (h.complete || item.done) settle(s, item, h.ms, h.totalMs)
    else item.dry = { ms: h.ms, totalMs: h.totalMs }
  }
  if (agentBusy(s.call)) setTimer(s.call, 'dry', s.now + DRY_MS)
}

export function onItemDone(s: Step, id: string): void {
  const item = s.call.items.find(i => i.id === id)
  if (item === undefined) return
  item.done = true
  setTimer(s.call, 'dry', s.now + DRY_MS)
}

/** Lets go of items that will not play: flushed with no answer, or done while nothing else is playing. */
export function onDry(s: Step): void {
  const { call } = s
  for (const item of call.items.filter(i => i.cut)) settle(s, item, null, 0, true)
  if (callerLeg(call).paused) return setTimer(call, 'dry', s.now + DRY_MS)
  if (call.items.some(i => i.audibleAt !== null && i.dry === null && !i.cut)) return
  for (const item of call.items.filter(i => i.done && i.kind === 'session'))
    settle(s, item, item.dry?.ms ?? 0, item.dry?.totalMs ?? 0)
}

/** Drops all that waits; 'heard' answers. What comes next is not paused by what came before. */
export function flush(s: Step): void {
  for (const item of s.call.items) item.cut = true
  setTimer(s.call, 'dry', s.now + DRY_MS)
  playoutDo(s, 'flush')
  const leg = callerLeg(s.call)
  if (leg.paused) playoutDo(s, 'resume')
  leg.paused = false
}

/** The session is gone: it sends no more of anything. What is queued plays on. */
export function closeItems(s: Step): void {
  for (const item of s.call.items) item.done = true
  if (agentBusy(s.call)) setTimer(s.call, 'dry', s.now + DRY_MS)
}

/** Answer to a flush: what was not heard is gone, and the session must forget it too. Unasked, it is only noted. */
export function onFlushed(s: Step, heard: readonly Heard[]): void {
  for (const h of heard) {
    const item = s.call.items.find(i => i.id === h.item)
    if (item === undefined) continue
    const whole = (h.complete || item.done) && h.ms >= Math.floor(h.totalMs)
    const ms = Math.max(0, Math.floor(Math.min(h.ms, h.totalMs)))
    if (item.cut && !whole) cutShort(s, item, ms)
    settle(s, item, ms, h.totalMs, !whole)
  }
  for (const item of s.call.items.filter(i => i.cut && i.kind === 'session')) {
    // Once audible and not in the answer: it was reported as fully heard before, and that report is still on its way.
    if (item.audibleAt !== null) settle(s, item, null, 0)
    else {
      cutShort(s, item, 0)
      settle(s, item, 0, 0, true)
    }
  }
}

function cutShort(s: Step, item: AgentItem, heardMs: Ms): void {
  if (item.kind === 'clip' || item.session !== s.call.sessions.main?.n) return
  sessionDo(s, { do: 'truncate', item: item.id, heardMs })
}

/** Items that a cancelled response announced after its flush were never heard: the session must not think otherwise. */
export function truncateDead(s: Step): void {
  for (const item of s.call.deadItems) sessionDo(s, { do: 'truncate', item, heardMs: 0 })
  s.call.deadItems = []
}

/** An item has its last word. `heardMs` null: nobody said how much of it was heard. */
export function settle(s: Step, item: AgentItem, heardMs: Ms | null, totalMs: Ms, interrupted = false): void {
  const { call, now } = s
  call.items = call.items.filter(i => i !== item)
  if (!agentBusy(call)) {
    call.quietAt = now
    clearTimer(call, 'dry')
  }
  const entry = call.history.findLast(e => e.item === item.id && e.role === 'agent')
  if (entry !== undefined && interrupted) entry.share = totalMs > 0 ? Math.min(1, (heardMs ?? 0) / totalMs) : 0
  const heard = heardMs === null ? {} : { heardMs, sentMs: totalMs }
  if (item.kind === 'session') {
    const text = entry !== undefined && entry.text !== '' ? heardWords(entry) : ''
    record(s, {
      kind: 'turn',
      role: 'agent',
      item: item.id,
      startedAt: item.audibleAt ?? item.startedAt,
      endedAt: now,
      ...heard,
      ...(interrupted ? { interrupted } : {}),
      ...(call.policy.transcripts === true && text !== '' ? { text } : {}),
    })
  }
  spanEnd(s, 'turn', item.id, { interrupted, ...heard })
  if (item.prompt === undefined) return
  if (isDisclosure(item)) recordDisclosure(s, item.prompt.slice(DISCLOSURE.length), heardMs ?? 0, totalMs)
  else record(s, { kind: 'prompt', prompt: item.prompt, heardMs: heardMs ?? 0, totalMs })
  spanEnd(s, 'prompt', item.prompt, { ...heard })
}
