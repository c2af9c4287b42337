/** SessionCommand → client events. Pure; everything sent but caller audio is made here, typed by the vendor's own package. */
import type { ConversationItem, RealtimeResponseCreateParams } from 'openai/resources/realtime/realtime'
import type { SessionCommand } from '#runtime/call/ports.ts'
import { sessionNotReady } from '../errors.ts'
import { sayInstructions } from '../wire/say.ts'
import { type EventPurpose, nextEventId } from './event-id.ts'
import { itemOfTurn, seedItems } from './seed.ts'
import { autoRespondUpdate, sessionUpdate } from './session-update.ts'
import { type OpenAIState, type Out, receivedMs } from './state.ts'

/** The API's limits on response metadata (`Shared.Metadata`): 16 pairs, keys of 64 and values of 512 characters. */
const METADATA = { pairs: 16, key: 64, value: 512 }

/** The first events of a session: its configuration, then the conversation it carries on. The server takes them in order. */
export function configure(state: OpenAIState, out: Out): void {
  state.phase = 'configuring'
  state.updating = true
  out.send.push({ event_id: nextEventId(state, 'configure'), ...sessionUpdate(state.config, state.autoRespond.sent) })
  for (const item of seedItems(state.history)) create(state, item, 'seed', out)
  state.history = []
}

export function command(state: OpenAIState, c: SessionCommand, out: Out): void {
  if (state.phase === 'closed') return
  if (c.do === 'autoRespond') {
    state.autoRespond.wanted = c.on
    sendUpdate(state, out)
    return
  }
  if (c.do === 'turn') return // the server finds them
  if (state.phase !== 'ready') {
    const { code, message } = sessionNotReady(c.do)
    out.events.push({ type: 'error', code, message, command: c.do })
    return
  }
  switch (c.do) {
    case 'respond':
      out.send.push({
        type: 'response.create',
        event_id: nextEventId(state, 'respond'),
        response: responseOf(state, c),
      })
      return
    case 'cancel': {
      const open = state.responses[c.response]
      if (open !== undefined) open.cancelled = true
      out.send.push({ type: 'response.cancel', event_id: nextEventId(state, 'cancel'), response_id: c.response })
      return
    }
    case 'truncate':
      truncate(state, c.item, c.heardMs, out)
      return
    case 'tell':
      create(state, itemOfTurn({ role: c.role, text: c.text }), 'tell', out)
      return
    case 'toolResult':
      create(state, { type: 'function_call_output', call_id: c.call, output: c.output }, 'toolResult', out)
      return
    case 'clearInput':
      out.send.push({ type: 'input_audio_buffer.clear', event_id: nextEventId(state, 'clearInput') })
      return
  }
}

/** Sends the wanted `autoRespond` if it is not what the server has, and no update is unanswered. */
export function sendUpdate(state: OpenAIState, out: Out): void {
  const { autoRespond } = state
  if (state.phase !== 'ready' || state.updating || autoRespond.wanted === autoRespond.sent) return
  state.updating = true
  autoRespond.sent = autoRespond.wanted
  const update = autoRespondUpdate(state.turnDetection, autoRespond.wanted)
  out.send.push({ event_id: nextEventId(state, 'autoRespond'), ...update })
}

/**
 * Cuts an item at what was heard. Only an assistant's audio can be cut (the API refuses the rest), never beyond what arrived (an error
 * there), and not at all when everything was heard: a truncation deletes the server's transcript of the item.
 */
function truncate(state: OpenAIState, id: string, heardMs: number, out: Out): void {
  const item = state.items[id]
  if (item === undefined || !item.audio) return
  const received = receivedMs(state, item)
  if (item.done && heardMs >= received) return
  const audio_end_ms = Math.max(0, Math.floor(Math.min(heardMs, received)))
  out.send.push({
    type: 'conversation.item.truncate',
    event_id: nextEventId(state, 'truncate'),
    item_id: id,
    content_index: 0,
    audio_end_ms,
  })
}

function responseOf(state: OpenAIState, c: Extract<SessionCommand, { do: 'respond' }>): RealtimeResponseCreateParams {
  const response: RealtimeResponseCreateParams = {}
  const pairs = Object.entries(state.config.metadata).slice(0, METADATA.pairs)
  if (pairs.length > 0) {
    response.metadata = Object.fromEntries(
      pairs.map(([k, v]) => [k.slice(0, METADATA.key), v.slice(0, METADATA.value)]),
    )
  }
  if (c.say !== undefined) response.instructions = sayInstructions(c.say)
  else if (c.instructions !== undefined) response.instructions = c.instructions
  if (c.say !== undefined || c.tools === false) response.tool_choice = 'none'
  return response
}

function create(state: OpenAIState, item: ConversationItem, purpose: EventPurpose, out: Out): void {
  out.send.push({ type: 'conversation.item.create', event_id: nextEventId(state, purpose), item })
}
