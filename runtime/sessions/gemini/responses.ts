/**
 * Responses of a provider that has none: it streams content until it says that its turn is over, or interrupted. Each is told exactly once,
 * and its end as soon as nothing more of it can come.
 */
import { type AgentItem, type GeminiState, newItem, newResponse, type Out, type Response } from './state.ts'

type Status = 'completed' | 'cancelled' | 'failed'

/** Whose content this is; null: nobody's. The first of a turn begins what was asked for, or a response of the server's own. */
export function contentOf(state: GeminiState, out: Out): Response | null {
  if (state.turn?.generating === true) return state.turn.response
  const { pending, unwanted } = state
  state.pending = null
  state.owed = false
  state.unwanted = false
  finishWords(state, out)
  if (unwanted) {
    state.turn = { response: null, generating: true, ours: true }
    return null
  }
  // it answers: the caller's turn is over, whatever our ear says
  heardEnd(state, out)
  state.turn = { response: pending ?? begin(state, out, false), generating: true, ours: false }
  return state.turn.response
}

export function begin(state: GeminiState, out: Out, guarded: boolean): Response {
  const response = newResponse(state, guarded)
  out.events.push({ type: 'responseStarted', response: response.id })
  return response
}

/** Sound of a response. False: nobody may hear it. */
export function sound(state: GeminiState, response: Response | null, samples: number, out: Out): AgentItem | null {
  if (response === null) return null
  const item = itemOf(state, response, out)
  item.samples += samples
  return response.over ? null : item
}

/** Words of the agent come before, with or after their sound, up to the end of the turn. */
export function spoken(state: GeminiState, text: string, out: Out): void {
  if (text === '') return
  const { turn } = state
  const item = turn?.generating === false ? state.items.at(-1) : wordsGoTo(state, out)
  if (item === undefined || item === null || item.told) return
  item.text += text
  out.events.push({ type: 'transcript', role: 'agent', item: item.id, text, final: false })
}

function wordsGoTo(state: GeminiState, out: Out): AgentItem | null {
  const response = contentOf(state, out)
  return response === null || response.over ? null : itemOf(state, response, out)
}

function itemOf(state: GeminiState, response: Response, out: Out): AgentItem {
  if (response.item !== null) return response.item
  const item = newItem(state, response)
  response.item = item
  if (!response.over) out.events.push({ type: 'item', response: response.id, item: item.id })
  return item
}

/** Nothing more of it will come, or may be heard. */
export function close(state: GeminiState, response: Response | null, status: Status, out: Out, code?: string): void {
  if (response === null || response.over) return
  response.over = true
  const { item } = response
  if (item !== null) {
    item.done = true
    out.events.push({ type: 'itemDone', item: item.id })
    if (status === 'cancelled') finalWords(item, out)
  }
  out.events.push({
    type: 'responseDone',
    response: response.id,
    status,
    ...(code === undefined ? {} : { code }),
    items: item === null ? 0 : 1,
    toolCalls: response.toolCalls,
  })
  if (state.pending === response) state.pending = null
}

/** No words of what was said before come any more. */
export function finishWords(state: GeminiState, out: Out): void {
  for (const item of state.items) if (item.done) finalWords(item, out)
}

function finalWords(item: AgentItem, out: Out): void {
  if (item.told) return
  item.told = true
  if (item.text !== '') {
    out.events.push({ type: 'transcript', role: 'agent', item: item.id, text: item.text.trim(), final: true })
  }
}

/** The caller's sound is over. */
export function heardEnd(state: GeminiState, out: Out): void {
  if (!state.hearing) return
  state.hearing = false
  out.events.push({ type: 'speech', started: false, audioMs: 0, item: `${state.prefix}-in${state.heardN}` })
}
