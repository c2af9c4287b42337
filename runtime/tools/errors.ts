/** Errors of tools. Their messages go to the model, so they name no host, header or credential. */
import { defineError } from '#errors/registry.ts'

export const toolArguments = defineError(
  'SB_TOOL_ARGUMENTS',
  'the arguments do not fit: %s',
  'The model is told which field and why, and usually corrects itself; if not, make the parameter’s description clearer.',
)
export const toolSchema = defineError(
  'SB_TOOL_SCHEMA',
  'the parameters of the tool are not a usable JSON Schema',
  'Correct tools[].parameters: JSON Schema without references to other documents.',
)
export const toolUnreachable = defineError(
  'SB_TOOL_UNREACHABLE',
  'the tool could not be reached',
  'Check tools[].http.url and the egress policy: the worker got no connection, or it broke before the answer.',
)
export const toolUncertain = defineError(
  'SB_TOOL_UNCERTAIN',
  'the connection broke before the answer; it is not known whether the action was done',
  'The tool may have acted. It is not called again by itself: make it idempotent, or look at its own log.',
)
export const toolTimeout = defineError(
  'SB_TOOL_TIMEOUT',
  'the tool did not answer in time',
  'Make the tool faster or raise tools[].http.timeout; callers notice silence after about two seconds.',
)
export const toolTimeoutUncertain = defineError(
  'SB_TOOL_TIMEOUT_UNCERTAIN',
  'the tool did not answer in time; it is not known whether the action was done',
  'The tool may have acted. Make it faster and idempotent, or raise tools[].http.timeout.',
)
export const toolCancelled = defineError(
  'SB_TOOL_CANCELLED',
  'the tool call was given up',
  'The call ended, or the result was no longer wanted. Nothing to do.',
)
export const toolStatus = defineError(
  'SB_TOOL_STATUS',
  'the tool answered HTTP %s%s',
  'Look at the tool’s own log. Answer 2xx with an explanation if the model should tell the caller about it.',
)
export const toolRedirect = defineError(
  'SB_TOOL_REDIRECT',
  'the tool answered with a redirect, which is not followed',
  'Put the final address into tools[].http.url: a redirect could carry headers and arguments to another host.',
)
export const toolTooLarge = defineError(
  'SB_TOOL_TOO_LARGE',
  'the tool answered with more than %s bytes',
  'Let the tool answer with what the agent needs to say, not with all it knows.',
)
export const toolContentType = defineError(
  'SB_TOOL_CONTENT_TYPE',
  'the tool answered with %s, which is neither JSON nor text',
  'Answer with application/json or text/plain.',
)
export const toolBadJson = defineError(
  'SB_TOOL_BAD_JSON',
  'the tool answered with broken JSON',
  'Answer with valid JSON in UTF-8, or with text/plain.',
)
export const toolUnknown = defineError(
  'SB_TOOL_UNKNOWN',
  'there is no tool of that name',
  'The model made a name up; it is told so. Name tools as they are described in the instructions.',
)
export const toolFault = defineError(
  'SB_TOOL_FAULT',
  'the tool failed',
  'A fault of Switchboard while it called the tool: report it with the log line.',
)
