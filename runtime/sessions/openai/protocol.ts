/** Server event → session events. One table over the vendor's whole event union: an event the package adds does not compile until it is here. */
import type { ConversationItem, RealtimeErrorEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime'
import { sessionProtocol, sessionTranscription } from '../errors.ts'
import { closeState } from '../wire/closing.ts'
import { configure, sendUpdate } from './commands.ts'
import { purposeOf } from './event-id.ts'
import { judgeError, judgeRefusal } from './failures.ts'
import {
  audioDone,
  callDone,
  contentAdded,
  itemAdded,
  outputItemDone,
  responseCreated,
  responseDone,
  words,
} from './responses.ts'
import { type OpenAIState, type Out, skip } from './state.ts'

type EventOf<T extends RealtimeServerEvent['type']> = Extract<RealtimeServerEvent, { type: T }>
type Handler<T extends RealtimeServerEvent['type']> = (state: OpenAIState, event: EventOf<T>, out: Out) => void
type Table = { readonly [T in RealtimeServerEvent['type']]: Handler<T> }

/** Knowingly ignored: nothing in it that another event does not tell better. */
const ignore = (): void => {}
/** Knowingly ignored: cannot happen on a WebSocket, where the audio buffer is ours. */
const otherTransport = ignore
/** Knowingly ignored: progress of a tool the provider runs; its result shows in the response. */
const providerTool = ignore

const TABLE: Table = {
  error: serverError,
  'session.created': (state, _event, out) => {
    if (state.phase === 'connecting') configure(state, out)
  },
  'session.updated': (state, _event, out) => {
    state.updating = false
    if (state.phase === 'configuring') {
      state.phase = 'ready'
      out.events.push({ type: 'ready' })
    }
    sendUpdate(state, out)
  },
  'conversation.created': ignore,
  'conversation.item.created': (_state, event, out) => itemTaken(event.item, out), // legacy name of added
  // of the rest response.output_item.added tells the agent's, speech_started the caller's
  'conversation.item.added': (_state, event, out) => itemTaken(event.item, out),
  'conversation.item.done': ignore,
  'conversation.item.retrieved': ignore, // never asked for
  'conversation.item.deleted': ignore, // never asked for
  'conversation.item.truncated': ignore, // what was heard is our knowledge; a refusal comes as an error
  'conversation.item.input_audio_transcription.delta': (_state, event, out) => {
    if (event.delta) {
      out.events.push({ type: 'transcript', role: 'caller', item: event.item_id, text: event.delta, final: false })
    }
  },
  'conversation.item.input_audio_transcription.completed': (_state, event, out) => {
    out.events.push({ type: 'transcript', role: 'caller', item: event.item_id, text: event.transcript, final: true })
    out.events.push({ type: 'usage', kind: 'transcription', usage: event.usage })
  },
  'conversation.item.input_audio_transcription.failed': (_state, event, out) => {
    const { code, message } = sessionTranscription(event.error.code ?? event.error.type ?? 'no reason given')
    out.events.push({ type: 'error', code, message })
  },
  'conversation.item.input_audio_transcription.segment': ignore, // completed brings the whole
  'input_audio_buffer.committed': ignore,
  'input_audio_buffer.cleared': ignore,
  'input_audio_buffer.speech_started': (_state, event, out) => {
    out.events.push({ type: 'speech', started: true, audioMs: event.audio_start_ms, item: event.item_id })
  },
  'input_audio_buffer.speech_stopped': (_state, event, out) => {
    out.events.push({ type: 'speech', started: false, audioMs: event.audio_end_ms, item: event.item_id })
  },
  'input_audio_buffer.timeout_triggered': ignore, // the response it makes is told like any other
  'input_audio_buffer.dtmf_event_received': otherTransport,
  'response.created': responseCreated,
  'response.done': responseDone,
  'response.output_item.added': itemAdded,
  'response.output_item.done': outputItemDone,
  'response.content_part.added': contentAdded,
  'response.content_part.done': ignore,
  'response.output_audio.delta': ignore, // the shell decodes audio and calls `audio` in responses.ts
  'response.output_audio.done': audioDone,
  'response.output_audio_transcript.delta': (state, event, out) => words(state, event, event.delta, false, out),
  'response.output_audio_transcript.done': (state, event, out) => words(state, event, event.transcript, true, out),
  'response.output_text.delta': (state, event, out) => words(state, event, event.delta, false, out),
  'response.output_text.done': (state, event, out) => words(state, event, event.text, true, out),
  'response.function_call_arguments.delta': ignore, // calls are made whole
  'response.function_call_arguments.done': (state, event, out) => {
    callDone(state, event.response_id, event.call_id, event.name, event.arguments, out)
  },
  'response.mcp_call_arguments.delta': providerTool,
  'response.mcp_call_arguments.done': providerTool,
  'response.mcp_call.in_progress': providerTool,
  'response.mcp_call.completed': providerTool,
  'response.mcp_call.failed': providerToolFailed,
  'mcp_list_tools.in_progress': providerTool,
  'mcp_list_tools.completed': providerTool,
  'mcp_list_tools.failed': providerToolFailed,
  'output_audio_buffer.started': otherTransport,
  'output_audio_buffer.stopped': otherTransport,
  'output_audio_buffer.cleared': otherTransport,
  'rate_limits.updated': (_state, event, out) => {
    const remaining: Record<string, number> = {}
    let resetMs = 0
    for (const limit of event.rate_limits) {
      if (limit.name !== undefined && limit.remaining !== undefined) remaining[limit.name] = limit.remaining
      resetMs = Math.max(resetMs, (limit.reset_seconds ?? 0) * 1000)
    }
    out.events.push({ type: 'limits', remaining, resetMs })
  },
}

export const SERVER_EVENTS: readonly string[] = Object.keys(TABLE)

/**
 * Takes one parsed message. Names the vendor has added since are counted and skipped, as its guide asks; so is a known name in a shape
 * that is not the vendor's, with an error event for the latter.
 */
export function receive(state: OpenAIState, message: unknown, out: Out): void {
  if (state.phase === 'closed') return
  const type = (message as { type?: unknown } | null)?.type
  if (typeof type !== 'string' || !Object.hasOwn(TABLE, type)) {
    skip(state, '?')
    return
  }
  const handle = TABLE[type as RealtimeServerEvent['type']] as (s: OpenAIState, e: unknown, o: Out) => void
  if (handle === ignore) skip(state, type)
  try {
    handle(state, message, out)
  } catch {
    skip(state, '?')
    const { code, message } = sessionProtocol(type)
    out.events.push({ type: 'error', code, message })
  }
}

function serverError(state: OpenAIState, { error }: RealtimeErrorEvent, out: Out): void {
  const code = error.code ?? error.type
  const purpose = purposeOf(error.event_id)
  const said = `${code}${error.param ? ` (${error.param})` : ''}: ${error.message}`
  // An error that names no event answers whatever is unanswered, when it can be about nothing else.
  const ofUpdate =
    purpose === 'configure' || purpose === 'autoRespond' || (purpose === null && aboutSession(error.param))
  if (state.phase !== 'ready' && purpose !== 'seed') {
    closeState(state, judgeRefusal(code, error.type), said, out.events)
    return
  }
  if (ofUpdate) state.updating = false
  const verdict = judgeError(code)
  if (typeof verdict === 'object') closeState(state, verdict, said, out.events)
  else if (verdict === 'harmless') skip(state, code)
  else {
    const command = purpose === 'configure' || purpose === 'seed' || purpose === null ? {} : { command: purpose }
    out.events.push({ type: 'error', code, message: said, ...command })
  }
  sendUpdate(state, out)
}

/** In the order of what the server does: a response that it starts from here on has seen the output. */
function itemTaken(item: ConversationItem, out: Out): void {
  if (item.type === 'function_call_output') out.events.push({ type: 'toolTaken', call: item.call_id })
}

function aboutSession(param: string | null | undefined): boolean {
  return param === 'session' || (param ?? '').startsWith('session.')
}

function providerToolFailed(_state: OpenAIState, event: { type: string }, out: Out): void {
  out.events.push({ type: 'error', code: event.type, message: 'a tool that the provider runs failed' })
}
