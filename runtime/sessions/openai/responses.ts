/** The life of a response and its items: what was said, what was called, when each ends. Each is told exactly once. */
import type {
  ConversationItem,
  RealtimeResponse,
  ResponseAudioDoneEvent,
  ResponseContentPartAddedEvent,
  ResponseCreatedEvent,
  ResponseDoneEvent,
  ResponseOutputItemAddedEvent,
  ResponseOutputItemDoneEvent,
} from 'openai/resources/realtime/realtime'
import { itemOf, type OpenAIState, type Out, rememberCall } from './state.ts'

type AssistantMessage = Extract<ConversationItem, { type: 'message'; role: 'assistant' }>

export function responseCreated(state: OpenAIState, event: ResponseCreatedEvent, out: Out): void {
  const { id } = event.response
  if (id === undefined || state.responses[id] !== undefined) return
  state.responses[id] = { items: [], toolCalls: 0, cancelled: false }
  out.events.push({ type: 'responseStarted', response: id })
}

export function itemAdded(state: OpenAIState, event: ResponseOutputItemAddedEvent, _out: Out): void {
  if (isAgentMessage(event.item) && event.item.id !== undefined) itemOf(state, event.response_id, event.item.id)
}

export function contentAdded(state: OpenAIState, event: ResponseContentPartAddedEvent, out: Out): void {
  if (event.part.type === 'audio') begin(state, event.response_id, event.item_id, out)
}

/**
 * Audio of an item has arrived. Hot: once per delta.
 * @returns false when it belongs to a response we have cancelled: nobody may hear it.
 */
export function audio(state: OpenAIState, response: string, item: string, bytes: number, out: Out): boolean {
  const known = begin(state, response, item, out)
  known.bytes += bytes // unheard or not, the server has it, and truncation is about what the server has
  known.spoke ||= bytes > 0
  return state.responses[response]?.cancelled !== true
}

export function audioDone(state: OpenAIState, event: ResponseAudioDoneEvent, out: Out): void {
  end(state, event.item_id, out)
}

/** A piece (`final` false) or the whole of an item's words. */
export function words(
  state: OpenAIState,
  of: { response_id: string; item_id: string },
  text: string,
  final: boolean,
  out: Out,
): void {
  const item = itemOf(state, of.response_id, of.item_id)
  if (item.told || (text === '' && !final)) return
  item.told = final
  item.spoke ||= text !== ''
  out.events.push({ type: 'transcript', role: 'agent', item: of.item_id, text, final })
}

export function outputItemDone(state: OpenAIState, event: ResponseOutputItemDoneEvent, out: Out): void {
  finish(state, event.response_id, event.item, out)
}

export function callDone(
  state: OpenAIState,
  response: string,
  call: string,
  name: string,
  args: string,
  out: Out,
): void {
  if (!rememberCall(state, call)) return
  const open = state.responses[response]
  if (open !== undefined) open.toolCalls += 1
  out.events.push({ type: 'toolCall', call, name, args, response })
}

export function responseDone(state: OpenAIState, event: ResponseDoneEvent, out: Out): void {
  const { response } = event
  const id = response.id
  const open = id === undefined ? undefined : state.responses[id]
  if (id === undefined || open === undefined) return
  for (const item of response.output ?? []) finish(state, id, item, out)
  for (const item of open.items) end(state, item, out)
  delete state.responses[id]
  const status = statusOf(response)
  const code = status === 'completed' ? undefined : reasonOf(response)
  out.events.push({
    type: 'responseDone',
    response: id,
    status,
    ...(code === undefined ? {} : { code }),
    items: open.items.filter(item => state.items[item]?.spoke === true).length,
    toolCalls: open.toolCalls,
    ...(response.usage === undefined ? {} : { usage: response.usage }),
  })
}

/** An item as the server says it ended; the same item may be told more than once, with less or more in it. */
function finish(state: OpenAIState, response: string, item: ConversationItem, out: Out): void {
  if (item.type === 'function_call') {
    // An interrupted call is incomplete: its arguments are cut, and it must not be made.
    if (item.call_id !== undefined && (item.status ?? 'completed') === 'completed') {
      callDone(state, response, item.call_id, item.name, item.arguments, out)
    }
    return
  }
  if (!isAgentMessage(item) || item.id === undefined) return
  const text = item.content.map(part => part.transcript ?? part.text ?? '').join('')
  if (text !== '') words(state, { response_id: response, item_id: item.id }, text, true, out)
  end(state, item.id, out)
}

function begin(state: OpenAIState, response: string, id: string, out: Out) {
  const item = itemOf(state, response, id)
  if (!item.audio) {
    item.audio = true
    out.events.push({ type: 'item', response, item: id })
  }
  return item
}

function end(state: OpenAIState, id: string, out: Out): void {
  const item = state.items[id]
  if (item === undefined || !item.audio || item.done) return
  item.done = true
  out.events.push({ type: 'itemDone', item: id })
}

function isAgentMessage(item: ConversationItem): item is AssistantMessage {
  return item.type === 'message' && item.role === 'assistant'
}

function statusOf(response: RealtimeResponse): 'completed' | 'cancelled' | 'failed' | 'incomplete' {
  const { status } = response
  return status === undefined || status === 'in_progress' ? 'failed' : status
}

function reasonOf(response: RealtimeResponse): string {
  const details = response.status_details
  return details?.error?.code ?? details?.error?.type ?? details?.reason ?? 'unknown'
}
