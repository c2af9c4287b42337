/** Client events about items of the conversation: create, retrieve, truncate, delete. */
import type { ClientEvent, NewItem } from './client-events.ts'
import { textOf, type WireItem } from './conversation.ts'
import { newId } from './ids.ts'
import type { Outbox } from './outbox.ts'
import { REFUSALS, type Refusal } from './refusal.ts'
import type { Responder } from './responder.ts'
import { snapshot } from './response.ts'

type Of<T extends ClientEvent['type']> = Extract<ClientEvent, { type: T }>

export function createItem(event: Of<'conversation.item.create'>, model: Responder, out: Outbox): Refusal | null {
  const { conversation } = model
  const { item } = event
  if (item.id !== undefined && conversation.get(item.id) !== null) return REFUSALS.duplicateItem(item.id)
  if (item.type === 'function_call_output' && !conversation.hasCall(item.call_id)) {
    return REFUSALS.unknownCall(item.call_id)
  }
  if (item.type === 'message' && item.role === 'assistant' && item.content.some(c => c.type === 'output_audio')) {
    return REFUSALS.assistantAudio()
  }
  const wire = wireItem(item)
  const stored = { item: wire, audioMs: 0, truncatedMs: null, mark: null }
  const after = event.previous_item_id
  if (!conversation.add(stored, after)) return REFUSALS.unknownPrevious(after ?? '')
  const previous_item_id = conversation.previousOf(wire.id)
  const shown = snapshot(wire)
  out.emit({ type: 'conversation.item.added', previous_item_id, item: shown })
  out.emit({ type: 'conversation.item.done', previous_item_id, item: shown })
  tell(model, item, wire)
  return null
}

/** What the new item means to the model: something to answer, or a conversation that was carried over. */
function tell(model: Responder, item: NewItem, wire: WireItem): void {
  if (item.type === 'function_call') return model.replayed(item.name)
  if (item.type === 'function_call_output') {
    const call = model.conversation.items.find(i => i.item.type === 'function_call' && i.item.call_id === item.call_id)
    return model.happened({ on: 'tool', tool: call?.item.name ?? '', text: item.output })
  }
  if (item.role === 'assistant') return model.replayed(textOf(wire))
  model.happened({ on: 'text', text: textOf(wire) })
}

function wireItem(item: NewItem): WireItem {
  return {
    ...(structuredClone(item) as Omit<WireItem, 'id' | 'object' | 'status'>),
    id: item.id ?? newId('item'),
    object: 'realtime.item',
    status: 'completed',
    ...(item.type === 'function_call' ? { call_id: item.call_id ?? newId('call') } : {}),
  }
}

export function retrieveItem(event: Of<'conversation.item.retrieve'>, model: Responder, out: Outbox): Refusal | null {
  const stored = model.conversation.get(event.item_id)
  if (stored === null) return REFUSALS.unknownItem('retrieve', event.item_id)
  out.emit({ type: 'conversation.item.retrieved', item: snapshot(stored.item) })
  return null
}

export function deleteItem(event: Of<'conversation.item.delete'>, model: Responder, out: Outbox): Refusal | null {
  if (!model.conversation.remove(event.item_id)) return REFUSALS.unknownItem('delete', event.item_id)
  out.emit({ type: 'conversation.item.deleted', item_id: event.item_id })
  return null
}

/**
 * Cuts the model's memory of its own words. As the live API: an item without audio cannot be cut, nothing is cut beyond what exists, and
 * the transcript of a cut item is gone.
 */
export function truncateItem(event: Of<'conversation.item.truncate'>, model: Responder, out: Outbox): Refusal | null {
  const stored = model.conversation.get(event.item_id)
  if (stored === null) return REFUSALS.unknownItem('truncate', event.item_id)
  const { item, audioMs } = stored
  if (item.role !== 'assistant' || audioMs === 0 || event.content_index !== 0) return REFUSALS.notModelAudio()
  if (event.audio_end_ms > Math.ceil(audioMs)) return REFUSALS.truncateBeyond(audioMs, event.audio_end_ms)
  if (event.audio_end_ms < audioMs) model.interrupted = true
  stored.truncatedMs = event.audio_end_ms
  item.content = [{ type: 'output_audio' }]
  out.emit({
    type: 'conversation.item.truncated',
    item_id: event.item_id,
    content_index: 0,
    audio_end_ms: event.audio_end_ms,
  })
  return null
}
