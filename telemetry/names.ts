/**
 * Every span, attribute, event and metric name of Switchboard, in one file. Attributes that carry caller content or a caller's number have
 * a `pii` path segment, so that a collector can strip them by name; they are off unless the agent allows them. GenAI semantic conventions
 * (1.45) where they exist; there are none for audio. Metrics are in `metrics.ts`.
 */
export const SPAN = {
  call: 'switchboard.call',
  leg: 'switchboard.leg',
  session: 'switchboard.session',
  turn: 'switchboard.turn',
  tool: 'execute_tool',
  prompt: 'switchboard.prompt',
  transfer: 'switchboard.transfer',
} as const
export type SpanKey = keyof typeof SPAN

/** What each span is; the tree is call → leg → session → turn → tool. */
export const SPAN_MEANING: Readonly<Record<SpanKey, string>> = {
  call: 'One call, from the first SIP byte to the last. Continues an incoming `traceparent`.',
  leg: 'One media connection of the call.',
  session: 'One connection to a Realtime provider; a call may use several in a row.',
  turn: 'One stretch of speech by one side.',
  tool: 'One tool call; its name follows the span name. `traceparent` goes out to the tool.',
  transfer: 'The caller is handed to somebody: from the wish to the end of the attempt, or of the talk with them.',
  prompt: 'Words spoken with or without a session: greeting, apology, goodbye.',
}

/** Attribute names by the short key that trace marks use. A mark's key that is not here becomes `switchboard.<key>`; a key with a dot stands as it is. */
export const ATTR = {
  // who
  call: 'gen_ai.conversation.id',
  agent: 'gen_ai.agent.name',
  revision: 'gen_ai.agent.version',
  operation: 'gen_ai.operation.name',
  namespace: 'switchboard.agent.namespace',
  trunk: 'switchboard.trunk',
  direction: 'switchboard.call.direction',
  sipCallId: 'switchboard.sip.call_id',
  carrierCallId: 'switchboard.carrier.call_id',
  from: 'switchboard.pii.caller',
  to: 'switchboard.pii.called',
  // how it went
  endCode: 'switchboard.end.code',
  endBy: 'switchboard.end.by',
  outcome: 'switchboard.outcome',
  error: 'error.type',
  answerMs: 'switchboard.call.answer_ms',
  mos: 'switchboard.call.mos',
  // leg
  leg: 'switchboard.leg.id',
  codec: 'switchboard.leg.codec',
  peer: 'switchboard.leg.peer',
  // session
  provider: 'gen_ai.provider.name',
  model: 'gen_ai.request.model',
  slot: 'switchboard.session.slot',
  candidate: 'switchboard.session.candidate',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedTokens: 'gen_ai.usage.cache_read.input_tokens',
  inputAudioTokens: 'gen_ai.usage.input_audio_tokens',
  outputAudioTokens: 'gen_ai.usage.output_audio_tokens',
  // turn, prompt
  role: 'switchboard.turn.role',
  item: 'switchboard.turn.item',
  response: 'gen_ai.response.id',
  heardMs: 'switchboard.heard_ms',
  sentMs: 'switchboard.sent_ms',
  interrupted: 'switchboard.interrupted',
  turnGapMs: 'switchboard.turn.gap_ms',
  bargeInMs: 'switchboard.turn.barge_in_ms',
  firstToolMs: 'switchboard.turn.first_tool_ms',
  text: 'switchboard.pii.text',
  prompt: 'switchboard.prompt.name',
  clip: 'switchboard.prompt.clip',
  kind: 'switchboard.prompt.kind',
  // transfer
  destination: 'switchboard.transfer.destination',
  by: 'switchboard.transfer.by',
  way: 'switchboard.transfer.way',
  outcomeOfTransfer: 'switchboard.transfer.outcome',
  // tool
  tool: 'gen_ai.tool.name',
  toolCall: 'gen_ai.tool.call.id',
  ok: 'switchboard.tool.ok',
  args: 'switchboard.pii.tool.arguments',
  output: 'switchboard.pii.tool.output',
} as const
export type AttributeKey = keyof typeof ATTR

/** Spans that carry each attribute, and what it says. */
export const ATTRIBUTE_MEANING: Readonly<
  Record<AttributeKey, { readonly on: readonly SpanKey[]; readonly text: string }>
> = {
  call: {
    on: ['call', 'leg', 'session', 'turn', 'tool', 'prompt', 'transfer'],
    text: 'The call’s id, as in its record.',
  },
  agent: { on: ['call'], text: 'Name of the VoiceAgent.' },
  revision: { on: ['call'], text: 'Name of the revision that answered.' },
  operation: { on: ['call', 'tool'], text: '`invoke_agent` or `execute_tool`.' },
  namespace: { on: ['call'], text: 'Namespace of the agent.' },
  trunk: { on: ['call'], text: 'Name of the SipTrunk the call came over.' },
  direction: { on: ['call'], text: '`inbound` or `outbound`.' },
  sipCallId: { on: ['call', 'leg'], text: 'SIP Call-ID.' },
  carrierCallId: { on: ['call'], text: 'The carrier’s name of the call (Twilio: CallSid).' },
  from: { on: ['call'], text: 'The caller’s number.' },
  to: { on: ['call'], text: 'The number dialled.' },
  endCode: { on: ['call', 'leg'], text: 'Why it ended (`EndCode`).' },
  endBy: { on: ['call', 'leg'], text: 'Who ended it.' },
  outcome: { on: ['call'], text: '`success`, `client`, `server`, `upstream` or `indeterminate`.' },
  error: {
    on: ['call', 'leg', 'session', 'turn', 'tool', 'prompt', 'transfer'],
    text: 'Code of what went wrong; the span’s status is error.',
  },
  answerMs: { on: ['call'], text: 'First sign of the call to its answer.' },
  mos: { on: ['call'], text: 'Mean opinion score of the line at its end (ITU-T G.107).' },
  leg: { on: ['leg'], text: 'Id of the leg within the call.' },
  codec: { on: ['leg'], text: 'Codec on the wire.' },
  peer: { on: ['leg'], text: 'Address of the signalling peer.' },
  provider: { on: ['session'], text: 'The Realtime provider (`openai`, …).' },
  model: { on: ['session'], text: 'Model asked for.' },
  slot: { on: ['session'], text: '`main`, or `next` while it rolls over.' },
  candidate: { on: ['session'], text: 'Which of the agent’s models: `main`, or the name of a fallback.' },
  inputTokens: { on: ['call'], text: 'Sum over responses.' },
  outputTokens: { on: ['call'], text: 'Sum over responses.' },
  cachedTokens: { on: ['call'], text: 'Part of the input tokens that came from the cache.' },
  inputAudioTokens: { on: ['call'], text: 'Part of the input tokens that are audio.' },
  outputAudioTokens: { on: ['call'], text: 'Part of the output tokens that are audio.' },
  role: { on: ['turn'], text: '`caller` or `agent`.' },
  item: { on: ['turn'], text: 'The provider’s id of the item; a number for the caller’s turns.' },
  response: { on: ['turn'], text: 'The provider’s id of the response.' },
  heardMs: { on: ['turn', 'prompt'], text: 'Audio that really left for the caller.' },
  sentMs: { on: ['turn', 'prompt'], text: 'Audio the session had sent.' },
  interrupted: { on: ['turn', 'prompt'], text: 'The caller spoke over it.' },
  turnGapMs: { on: ['turn'], text: 'Caller stopped to agent audible.' },
  bargeInMs: { on: ['turn'], text: 'Speech known to agent silent.' },
  firstToolMs: { on: ['turn'], text: 'End of the caller’s turn to the tool call.' },
  text: { on: ['turn', 'prompt'], text: 'What was said.' },
  prompt: { on: ['prompt'], text: '`greeting`, `unavailable`, …' },
  clip: { on: ['prompt'], text: 'The clip played.' },
  kind: { on: ['prompt'], text: '`clip`, or `text` spoken by the session.' },
  destination: { on: ['transfer'], text: 'Name of the destination.' },
  by: { on: ['transfer'], text: '`model`, or `keys` or `words` of the caller.' },
  way: { on: ['transfer'], text: '`transfer`: by the caller’s leg; `bridge`: by a second leg.' },
  outcomeOfTransfer: { on: ['transfer'], text: '`connected`, `busy`, `noAnswer`, `failed` or `cancelled`.' },
  tool: { on: ['tool'], text: 'Name of the tool.' },
  toolCall: { on: ['tool'], text: 'The provider’s id of the call of the tool.' },
  ok: { on: ['tool'], text: 'Whether it gave a result.' },
  args: { on: ['tool'], text: 'Arguments as JSON.' },
  output: { on: ['tool'], text: 'What the tool answered.' },
}

/** Whether an attribute carries caller content or personal data. */
export function isPii(attribute: string): boolean {
  return attribute.split('.').includes('pii')
}
