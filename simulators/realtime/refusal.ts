/** What the vendor answers to a client event it does not take: the body of its `error` event. */

export interface Refusal {
  readonly type: 'invalid_request_error' | 'server_error' | 'tokens'
  readonly code: string | null
  readonly message: string
  readonly param: string | null
}

export function refuse(code: string | null, message: string, param: string | null = null): Refusal {
  return { type: 'invalid_request_error', code, message, param }
}

/** The vendor's own wordings, as seen in public reports of the live API. */
export const REFUSALS = {
  activeResponse: (id: string) =>
    refuse(
      'conversation_already_has_active_response',
      `Conversation already has an active response in progress: ${id}. Wait until the response is finished before creating a new one.`,
    ),
  nothingToCancel: () => refuse('response_cancel_not_active', 'Cancellation failed: no active response found'),
  commitEmpty: (ms: number) =>
    refuse(
      'input_audio_buffer_commit_empty',
      `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${ms.toFixed(2)}ms of audio.`,
    ),
  unknownItem: (verb: 'truncate' | 'delete' | 'retrieve', id: string) =>
    refuse(
      `item_${verb}_invalid_item_id`,
      `Error ${verb.replace(/e$/, '')}ing item: the item with id '${id}' does not exist.`,
      'item_id',
    ),
  notModelAudio: () => refuse(null, 'Only model output audio messages can be truncated'),
  truncateBeyond: (realMs: number, askedMs: number) =>
    refuse('invalid_value', `Audio content of ${Math.floor(realMs)}ms is already shorter than ${askedMs}ms`),
  voiceFixed: () =>
    refuse('cannot_update_voice', "Cannot update a conversation's voice if assistant audio is present."),
  modelFixed: () => refuse('invalid_value', 'The model of a session cannot be changed.', 'session.model'),
  tracingFixed: () =>
    refuse('cannot_update_tracing', 'Tracing cannot be changed once it is enabled.', 'session.tracing'),
  unknownPrevious: (id: string) =>
    refuse(
      'item_not_found',
      `Error adding item: the previous item with id '${id}' does not exist.`,
      'previous_item_id',
    ),
  duplicateItem: (id: string) =>
    refuse('invalid_value', `Error adding item: an item with id '${id}' already exists.`, 'item.id'),
  unknownCall: (id: string) =>
    refuse('invalid_tool_call_id', `Tool call ID '${id}' not found in conversation.`, 'item.call_id'),
  assistantAudio: () =>
    refuse('invalid_value', 'Assistant audio messages cannot be added to the conversation.', 'item.content'),
  notJson: () => refuse('invalid_json', 'Could not parse the event as a JSON object.'),
  notText: () => refuse('invalid_event', 'Binary messages are not supported; send JSON text.'),
  badAudio: () =>
    refuse('invalid_value', "Invalid 'audio'. Expected base64-encoded audio bytes, but got an invalid value.", 'audio'),
  audioTooBig: () => refuse('invalid_value', "Invalid 'audio'. At most 15 MiB may be sent in one event.", 'audio'),
  webRtcOnly: () =>
    refuse('invalid_value', "'output_audio_buffer.clear' is only supported over WebRTC and SIP.", 'type'),
} as const

export function sessionExpired(minutes: number): Refusal {
  return refuse('session_expired', `Your session hit the maximum duration of ${minutes} minutes.`)
}
