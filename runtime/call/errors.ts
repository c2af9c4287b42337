import { defineError } from '#errors/registry.ts'

export const toolUnknown = defineError(
  'SB_CALL_TOOL_UNKNOWN',
  'the model called a tool that the agent does not have',
  'Name the tools in the instructions exactly as in spec.tools.',
)
export const toolArguments = defineError(
  'SB_CALL_TOOL_ARGUMENTS',
  'the arguments of a tool call are not a JSON object',
  'Describe the parameters more plainly; the model was told and may call again.',
)
export const toolTimeout = defineError(
  'SB_CALL_TOOL_TIMEOUT',
  'a tool did not answer within its timeout',
  'Make the tool faster or raise spec.tools[].http.timeout; the model was told that there is no answer.',
)
export const toolCrowd = defineError(
  'SB_CALL_TOOL_CROWD',
  'too many tools are running in one call',
  'The model calls tools without waiting for answers: say in the instructions when to call them.',
)
export const toolWithdrawn = defineError(
  'SB_CALL_TOOL_WITHDRAWN',
  'a tool call was withdrawn before it had an answer',
  'The caller spoke into it; the model calls again if it still wants to.',
)
export const toolCut = defineError(
  'SB_CALL_TOOL_CUT',
  'the call ended before a tool answered',
  'Check at the tool whether a Write took effect.',
)
export const sessionStalled = defineError(
  'SB_CALL_SESSION_STALLED',
  'the session did not answer a command',
  'The provider stalled and the session was opened again; check the provider and the path to it.',
)
export const transferTimeout = defineError(
  'SB_CALL_TRANSFER_TIMEOUT',
  'the peer accepted a transfer and said nothing more of it',
  'The peer must send NOTIFY for a REFER (RFC 3515); if it never does, use transfer: Bridge on the trunk.',
)
export const responseFailed = defineError(
  'SB_CALL_RESPONSE_FAILED',
  'a response failed or held nothing to hear',
  'It was tried once more; see the provider code beside it.',
)
export const providerResting = defineError(
  'SB_CALL_PROVIDER_RESTING',
  'sessions of this model failed for other calls just now, so it is not asked',
  'See the log for what it answered, and switchboard.provider.breaker for which one it is. It is tried again by itself.',
)
export const sessionSlow = defineError(
  'SB_CALL_SESSION_SLOW',
  'the session was not ready in time',
  'Another was tried. Look at the provider’s status, or raise spec.model.timeouts.ready.',
)
export const contextLate = defineError(
  'SB_CALL_CONTEXT_LATE',
  'what is known of the caller was not there in time',
  'Make what spec.context.http asks faster, or raise its timeout: the caller hears ringing meanwhile.',
)
